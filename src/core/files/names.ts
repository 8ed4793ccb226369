/**
 * Which names a receiver takes (docs/PROTOCOL.md, "Names"). A name from the other side is
 * kept exactly or refused with a reason, never changed. The platform is a parameter, so
 * that every rule runs in every test.
 */
import { PATH_MAX } from "./manifest";

/** Longest part of a path, in UTF-8 bytes; what ext4, APFS and NTFS all take. */
export const PART_MAX = 255;
/** Most parts of a path. */
export const DEPTH_MAX = 64;

/** The rule that refuses a name. */
export type RefusalReason =
  /** No name, or an empty part (`a//b`, `a/`). */
  | "empty"
  /** A part `.` or `..`. */
  | "dot"
  /** Starts with `/`, a drive (`C:\`) or a UNC prefix (`\\`). */
  | "absolute"
  /** NUL, C0, DEL, C1, line or paragraph separator. */
  | "control"
  /** A character that reorders what is shown. */
  | "bidi"
  /** Half of a UTF-16 pair: not valid Unicode. */
  | "surrogate"
  /** A part over 255 bytes, or 4096 in all. */
  | "long"
  /** More than 64 parts. */
  | "deep"
  /** The same path a second time in one offer. */
  | "duplicate"
  /** Equal to another of the offer once the target's file system folds or normalises. */
  | "collision"
  /** Below something that is a file; or a folder where a file is. */
  | "through-file"
  /** Below a symbolic link, or a folder where a link is. */
  | "through-link"
  /** A device of Windows (`NUL`, `com1.txt`). */
  | "device"
  /** `:` on Windows: a drive or an alternate data stream. */
  | "colon"
  /** `\` on Windows: a separator. */
  | "backslash"
  /** One of `< > " | ? *` on Windows. */
  | "character"
  /** A part that ends with a dot or a space on Windows, which drops them. */
  | "trailing";

export type Platform = "linux" | "darwin" | "win32";

/** What a target makes of names: its platform's rules, and what was probed of its files. */
export interface NameTraits {
  readonly platform: Platform;
  /** `A` and `a` name the same file. */
  readonly foldsCase: boolean;
  /** The composed and the decomposed form of a letter name the same file. */
  readonly normalises: boolean;
}

/** What to assume of a platform where nothing could be probed. */
export function usualTraits(platform: Platform): NameTraits {
  return { platform, foldsCase: platform !== "linux", normalises: platform === "darwin" };
}

const encoder = new TextEncoder();
const control = /[\p{Cc}\p{Zl}\p{Zp}]/u;
const bidi = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const surrogate = /\p{Cs}/u;
const absolute = /^(?:\/|\\\\|[A-Za-z]:(?:[\\/]|$))/;
const device = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(?:[.:]|$)/i;

/** The rule that refuses `path` on a target with these traits; `undefined` when none does. */
export function refusePath(path: string, traits: NameTraits): RefusalReason | undefined {
  if (path === "") return "empty";
  // Before anything that costs time in the length: a name from the other side may be huge.
  if (path.length > PATH_MAX) return "long";
  if (absolute.test(path)) return "absolute";
  const parts = path.split("/");
  if (parts.length > DEPTH_MAX) return "deep";
  if (isLonger(path, PATH_MAX)) return "long";
  for (const part of parts) {
    const reason =
      refusePart(part) ?? (traits.platform === "win32" ? refuseOnWindows(part) : undefined);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function refusePart(part: string): RefusalReason | undefined {
  if (part === "") return "empty";
  if (part === "." || part === "..") return "dot";
  if (surrogate.test(part)) return "surrogate";
  if (control.test(part)) return "control";
  if (bidi.test(part)) return "bidi";
  return isLonger(part, PART_MAX) ? "long" : undefined;
}

/** Over `max` bytes of UTF-8? A UTF-16 unit becomes three bytes at most. */
function isLonger(text: string, max: number): boolean {
  return text.length * 3 > max && encoder.encode(text).length > max;
}

/** Win32 naming rules (learn.microsoft.com, "Naming Files, Paths, and Namespaces"). */
function refuseOnWindows(part: string): RefusalReason | undefined {
  if (part.includes("\\")) return "backslash";
  if (device.test(part)) return "device";
  if (part.includes(":")) return "colon";
  if (/[<>"|?*]/.test(part)) return "character";
  return /[. ]$/.test(part) ? "trailing" : undefined;
}

/** How a path is written on the wire: NFC, whatever the sender's disk holds. */
export function toWireName(native: string): string {
  return native.normalize("NFC");
}

/**
 * Two names with one key are, or may be, the same file on the target. Where case is folded
 * this takes in a little more than any one file system does (`ß` and `ss`): refusing the
 * second name is better than overwriting the first.
 */
export function collisionKey(path: string, traits: NameTraits): string {
  const form = traits.normalises || traits.foldsCase ? path.normalize("NFD") : path;
  return traits.foldsCase ? form.toUpperCase().toLowerCase().normalize("NFD") : form;
}

// Format characters (Cf) are invisible, except the joiners and tags that emoji are built
// from and the Arabic signs that are drawn; private-use ones may be an icon font's.
const invisible =
  /(?![\u0600-\u0605\u06dd\u200c-\u200d\u{e0020}-\u{e007f}])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;

/**
 * A name for people's eyes: control characters as their pictures (`␀`), other invisible,
 * reordering or broken ones as `\u{202e}`. For every output that shows a name.
 */
export function visible(name: string): string {
  return name.replace(invisible, (character) => {
    const point = character.codePointAt(0) ?? 0;
    if (point < 0x20) return String.fromCodePoint(0x2400 + point);
    return point === 0x7f ? "␡" : `\\u{${point.toString(16)}}`;
  });
}
