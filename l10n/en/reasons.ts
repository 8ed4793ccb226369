import type { RefusalReason } from "../../src/core/files/names";
import type { Message } from "../message";

/**
 * Why an item is refused by the receiver or left out by the sender. Each follows a colon or
 * a dash, so it has no capital letter and no full stop.
 */
export const reasons = {
  empty: "the name, or a part of it, is empty",
  dot: "“.” and “..” are no names",
  absolute: "it is an absolute path",
  control: "it holds control characters",
  bidi: "it holds characters that change the direction of text",
  surrogate: "it is not valid Unicode",
  long: "the name is too long",
  deep: "it lies too many folders deep",
  duplicate: "the same name is there twice",
  collision: "here it cannot be told from another name of the offer",
  "through-file": "a file stands where a folder is needed",
  "through-link": "it leads through a symbolic link",
  device: "this system keeps the name for a device",
  colon: "this system does not allow a colon",
  backslash: "this system does not allow a backslash",
  character: "this system does not allow one of its characters",
  trailing: "this system does not allow a dot or space at the end",
  dangerous: "it could change what runs on this computer",
  excluded: "left out by a pattern",
  ignored: "ignored by .gitignore",
  included: "it lies in something else that is sent",
  "not-unicode": "its name is not valid Unicode",
  "link-outside": "a symbolic link to something outside",
  "link-broken": "a symbolic link to nothing",
  "link-loop": "a symbolic link in a circle",
  special: "neither file nor folder",
  "too-large": "too large to be read through VS Code",
  unreadable: "it cannot be read",
  vanished: "it is no longer there",
} as const satisfies Record<RefusalReason, Message> & Record<string, Message>;
