/**
 * Why an item is refused by the receiver or left out by the sender. Each follows a colon or
 * a dash, so it has no capital letter and no full stop.
 */
export const reasons = {
  empty: "the name is empty",
  dot: "“.” and “..” are no names",
  absolute: "it is an absolute path",
  control: "it holds invisible control characters",
  bidi: "it holds characters that change the direction of text",
  unicode: "it is not valid Unicode",
  "part-too-long": "a part of the name is too long",
  "path-too-long": "the path is too long",
  "too-deep": "it lies too many folders deep",
  duplicate: "the same name is there twice",
  "through-link": "it leads through a symbolic link",
  "reserved-name": "this system keeps the name for a device",
  "reserved-character": "this system does not allow one of its characters",
  "trailing-dot-or-space": "this system does not allow a dot or space at the end",
  "same-after-folding": "this system cannot tell it from another name of the offer",
  "not-a-folder": "a part of the path is a file",
  excluded: "left out by a pattern",
  ignored: "ignored by .gitignore",
  git: "data of the version control system",
  "link-outside": "a symbolic link to something outside",
  "link-broken": "a symbolic link to nothing",
  "link-loop": "a symbolic link in a circle",
  special: "neither file nor folder",
  unreadable: "it cannot be read",
  vanished: "it is no longer there",
  "too-large": "it is too large",
} as const;
