/** Texts of the browser page beside those of the view. */
export const page = {
  intro:
    "Send files straight to another computer, or receive them here. They are encrypted end to end in this tab; a short code connects the two sides.",
  sendHeading: "Send",
  chooseFiles: "Choose Files…",
  chooseFolder: "Choose a Folder…",
  dropHere: "or drop files and folders here",
  dropNothing: "There was nothing in it that can be read.",
  textLabel: "Or a text message",
  sendText: "Send Text",
  sendOff:
    "This relay belongs to somebody's editor and takes files from there only. Here you can receive.",
  otherRelay: "This code belongs to another relay. Its own page can go on:",
  noWorker: "This page could not start its worker. Reload it, or use another browser.",
  ailing:
    "The part of this page that moves files has failed or does not answer. If nothing goes on and this message stays, reload the page and begin anew with a new code. What has not been saved is then lost.",
  noAddress:
    "SecureShare cannot work at this page's address, {address}. Whoever runs the relay can serve the page under a path of letters, digits, dots, hyphens and underscores.",

  // Where it is saved
  pickFolder: "Choose a Folder…",
  keepHere: "Save Afterwards",
  keptHere: "kept in this tab until you save it",
  keptMax:
    "This browser gives the page no disk here, so what arrives is kept in memory: at most {bytes}.",
  save: "Save {name}",
  saveAll: "Save All as ZIP",
  packing: "Packing…",
  unsaved: {
    one: "{count} file is here. Save it before you close this tab or this card.",
    other: "{count} files are here. Save them before you close this tab or this card.",
  },
  archiveFailed: "There is no room for an archive. Save the files one by one.",

  // Trust
  insecure:
    "This page came over an unencrypted connection. Whoever controls the network in between can have changed it, and with it everything that it promises. Use it only on a network that you trust.",
  trustHeading: "Whom this page trusts",
  trust:
    "The relay at {host} cannot read what you send. But this page comes from it too: whoever runs it could serve another page that can. If you do not trust them so far, use the VS Code extension or the command line, which do not come from the relay. The relay prints a hash of this page's files when it starts, so that it can be compared with the release.",
} as const;
