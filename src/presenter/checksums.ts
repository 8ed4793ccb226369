/** Lines as `sha256sum` (GNU coreutils) prints and checks them. */
import type { SessionEvent } from "../core/session/events";

/** Bounds the memory that a list of a million files would take. */
const LINES_MAX = 100_000;

export class Checksums {
  readonly #lines: string[] = [];

  /** @param before what an earlier one held */
  constructor(before = "") {
    if (before !== "") this.#lines.push(before.replace(/\n$/, ""));
  }

  add({ item, sha256, finalPath }: Extract<SessionEvent, { kind: "item" }>): void {
    if (sha256 === undefined || item.kind !== "file" || this.#lines.length >= LINES_MAX) return;
    this.#lines.push(checksumLine(sha256, finalPath ?? item.path));
  }

  get text(): string {
    return this.#lines.map((line) => `${line}\n`).join("");
  }
}

/** A name with a backslash or a line break is escaped, and the line says so in front. */
export function checksumLine(sha256: string, path: string): string {
  const escaped = path.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/\r/g, "\\r");
  return `${escaped === path ? "" : "\\"}${sha256}  ${escaped}`;
}
