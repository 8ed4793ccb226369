import { mutationsOf } from "./mutation.mjs";

const SINK = [
  "unit/node/files/sink",
  "unit/node/files/sinkAttacks",
  "unit/node/files/resumeAttacks",
  "unit/node/files/resume",
];
const SOURCE = ["unit/node/files/fileSource"];
const STATE = "unit/node/state";

/** What keeps files where they belong and whole, and a transfer's memory its own. */
export const node = [
  ...mutationsOf("src/node/files/fileSystem.ts", SINK, [
    ["O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW", "O_WRONLY | O_CREAT"],
    ["GO_ON = O_RDWR | O_NOFOLLOW | O_NONBLOCK", "GO_ON = O_RDWR | O_NONBLOCK"],
    ["O_RDONLY | O_DIRECTORY | O_NOFOLLOW", "O_RDONLY | O_DIRECTORY"],
  ]),
  ...mutationsOf("src/node/files/fileSystem.ts", SOURCE, [
    ["READ_FILE = O_RDONLY | O_NOFOLLOW | O_NONBLOCK", "READ_FILE = O_RDONLY | O_NONBLOCK"],
    ["READ_FILE = O_RDONLY | O_NOFOLLOW | O_NONBLOCK", "READ_FILE = O_RDONLY | O_NOFOLLOW"],
  ]),
  ...mutationsOf("src/node/files/targetFolders.ts", SINK, [
    ['if (seen.isSymbolicLink()) throw refused(path, "through-link");'],
    ['if (!seen.isDirectory()) throw refused(path, "through-file");'],
  ]),
  ...mutationsOf("src/node/files/inspect.ts", SINK, [
    ['if (seen.isSymbolicLink()) return "link";'],
  ]),
  ...mutationsOf("src/node/files/sink.ts", SINK, [
    [
      "if ((await this.files.realpath(this.target)) !== root)",
      "if ((await this.files.realpath(this.target)) === undefined)",
    ],
    ['if (needed > free) throw new SecureShareError("E_NO_SPACE", { needed, free });'],
  ]),
  ...mutationsOf("src/node/files/nameReview.ts", SINK, [
    ['if (reason !== undefined) throw new SecureShareError("E_NAME_REFUSED", { path, reason });'],
  ]),
  ...mutationsOf("src/node/files/publish.ts", SINK, [
    ['if (isCode(error, "EEXIST")) return false;\n    if (!isCode', "if (!isCode"],
    ["seen !== undefined && isSame(seen, claimed) && seen.size === 0n", "seen !== undefined"],
    ["if (seen !== undefined && !seen.isFile()) throw taken(folder, name);"],
  ]),
  ...mutationsOf("src/node/files/partial.ts", SINK, [
    ["if (this.#taken + bytes.length > this.item.size) throw this.#notWhole();"],
    ["if (this.#taken !== this.item.size) throw this.#notWhole();"],
    ["await files.ftruncate(found.fd, this.#written);"],
  ]),
  ...mutationsOf("src/node/files/fileSource.ts", SOURCE, [
    ['throw new SecureShareError("E_SOURCE_CHANGED", { path: this.item.path });', "return;"],
    ["BigInt.asUintN(64, stats.ino) === origin.ino &&"],
    ["stats.mtimeNs === origin.mtimeNs &&"],
    ["&&\n    stats.size === BigInt(item.size)"],
  ]),
  ...mutationsOf(
    "src/node/state/attempts.ts",
    [`${STATE}/attempts`],
    [
      ["if (entries.filter(({ time }) => now - time < DAY).length >= ATTEMPTS_MAX) return false;"],
      ['{ flag: "wx", mode: 0o600 }', "{ mode: 0o600 }"],
      ['if (written <= now && text !== "") return', 'if (text !== "") return'],
    ],
  ),
  ...mutationsOf(
    "src/node/state/wrappingKey.ts",
    [`${STATE}/wrappingKey`],
    [
      ['throw new SecureShareError("E_DISK", { path, reason: "no-key" satisfies Cause });'],
      ["lv(PURPOSE, id)", "lv(PURPOSE)"],
      ["return whole ? secret : undefined;", "return secret;"],
    ],
  ),
  ...mutationsOf(
    "src/node/state/lock.ts",
    [`${STATE}/lock`],
    [
      ["if (await isHeld(theirs)) return undefined;"],
      ["if ((await readLock(files, path)) !== content) return;"],
    ],
  ),
  ...mutationsOf(
    "src/node/state/transfer.ts",
    [`${STATE}/transfers`],
    [
      [
        "if (this.#closing !== undefined || document.id !== this.id)",
        "if (document.id !== this.id)",
      ],
    ],
  ),
  ...mutationsOf(
    "src/node/state/progressLog.ts",
    [`${STATE}/progressLog`],
    [
      [
        "if (this.#ended !== undefined) throw this.#refusal(this.#ended);",
        "if (this.#ended !== undefined) return;",
      ],
      ['if (this.#closing) throw this.#refusal("journal-closed");'],
    ],
  ),
];
