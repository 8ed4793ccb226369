import { mutationsOf } from "./mutation.mjs";

const NAMES = ["unit/core/files/names"];
const OFFER_NAMES = ["unit/core/files/offerNames"];
const HOSTILE = ["unit/core/session/hostilePeer"];
const BOUNDS = ["unit/core/files/bounds"];

export const files = [
  ...mutationsOf("src/core/files/names.ts", NAMES, [
    ['if (path.length > PATH_MAX) return "long";'],
    ['if (absolute.test(path)) return "absolute";'],
    ['if (parts.length > DEPTH_MAX) return "deep";'],
    ['if (isLonger(path, PATH_MAX)) return "long";'],
    [
      'refusePart(part) ?? (traits.platform === "win32" ? refuseOnWindows(part) : undefined)',
      "refusePart(part)",
    ],
    ['if (part === "") return "empty";'],
    ['if (part === "." || part === "..") return "dot";', 'if (part === ".") return "dot";'],
    ['if (surrogate.test(part)) return "surrogate";'],
    ['if (control.test(part)) return "control";'],
    ['if (bidi.test(part)) return "bidi";'],
    ['return isLonger(part, PART_MAX) ? "long" : undefined;', "return undefined;"],
    ['if (part.includes("\\\\")) return "backslash";'],
    ['if (device.test(part)) return "device";'],
    ['if (part.includes(":")) return "colon";'],
    ['if (/[<>"|?*]/.test(part)) return "character";'],
    ['return /[. ]$/.test(part) ? "trailing" : undefined;', "return undefined;"],
    ["return name.replace(invisible,", "return name.replace(/$^/g,"],
  ]),
  ...mutationsOf("src/core/files/offerNames.ts", OFFER_NAMES, [
    ['if (this.#table.size + parts.length > ENTRIES_MAX) return "deep";'],
    ['if (this.#table.use(entry.slot) === FILE) return "through-file";'],
    ['if (before === PASSED || before !== use) return "through-file";'],
    [
      'return this.#table.exactOf(slot) === exact ? "duplicate" : "collision";',
      "return undefined;",
    ],
    [
      'if (kind === "text") return path === "" ? undefined : "absolute";',
      'if (kind === "text") return undefined;',
    ],
  ]),
  ...mutationsOf(
    "src/core/files/dangerous.ts",
    ["unit/core/files/dangerous"],
    [
      [
        'parts.some((part) => folders.has(part) || shortName.test(part) || part.endsWith(".git")) ||',
      ],
      ["files.has(last) ||"],
      ["patterns.some((pattern) => pattern.test(last))", "false"],
      ["shortName.test(part) ||"],
      ['.replace(/:.*$/s, "")'],
      ['.replace(/[. ]+$/, "")'],
    ],
  ),
  ...mutationsOf(
    "src/core/files/manifest.ts",
    [...BOUNDS, ...HOSTILE],
    [
      ['throw new SecureShareError("E_OFFER_TOO_LARGE", { items: this.#items });', "return;"],
      ["this.#items > OFFER_ITEMS_MAX ||"],
      ["|| this.#bytes + more > OFFER_BYTES_MAX"],
      ["|| !Number.isSafeInteger(this.#totalBytes)"],
      ["v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(SIZE_MAX))", "v.number()"],
      ["v.pipe(v.string(), v.maxLength(PATH_MAX))", "v.string()"],
    ],
  ),
  ...mutationsOf("src/core/files/manifest.ts", BOUNDS, [
    ['if (error instanceof SecureShareError && error.code !== "E_OFFER_TOO_LARGE") throw error;'],
    ["if (length === -1) return undefined;"],
  ]),
  ...mutationsOf(
    "src/core/files/itemSet.ts",
    [...HOSTILE, ...BOUNDS],
    [
      ["if (!fits || first < next || first + count > size) return undefined;"],
      ["first < next ||"],
      ["|| first + count > size"],
      ["Number.isSafeInteger(first) && Number.isSafeInteger(count) && count > 0", "true"],
    ],
  ),
  ...mutationsOf("src/core/files/journal.ts", BOUNDS, [
    ["return result.success ? result.output : undefined;", "return value as v.InferOutput<S>;"],
    ["v.maxLength(4096), v.regex(/^[A-Za-z0-9+/]*={0,2}$/)", "v.maxLength(4096)"],
    ["v.pipe(v.array(text(2048)), v.maxLength(64))", "v.array(text(2048))"],
  ]),
  ...mutationsOf(
    "src/core/files/padding.ts",
    ["unit/core/files/padding"],
    [
      ["return padme(Math.max(value, CONTENT_FLOOR));", "return padme(value);"],
      ["return padme(Math.max(value, ANSWER_FLOOR));", "return padme(value);"],
      ["let power = OFFER_FLOOR;", "let power = 1;"],
    ],
  ),
];
