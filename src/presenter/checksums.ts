/** Lines as `sha256sum` (GNU coreutils) prints and checks them. */
import type { SessionEvent } from "../core/session/events";

/** Bounds the memory that a list of a million files would take. */
const LINES_MAX = 100_000;

export class Checksums {
  /** By the file's path. */
  readonly #lines = new Map<string, string>();

  /** @param before what an earlier one held */
  constructor(private readonly before = "") {}

  add({ item, sha256, finalPath, corrects }: Extract<SessionEvent, { kind: "item" }>): void {
    const path = finalPath ?? item.path;
    if (corrects) this.#lines.delete(path);
    if (sha256 === undefined || item.kind !== "file" || this.#lines.size >= LINES_MAX) return;
    this.#lines.set(path, checksumLine(sha256, path));
  }

  get text(): string {
    return this.before + Array.from(this.#lines.values(), (line) => `${line}\n`).join("");
  }
}

/** A name with a backslash or a line break is escaped, and the line says so in front. */
export function checksumLine(sha256: string, path: string): string {
  const escaped = path.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/\r/g, "\\r");
  return `${escaped === path ? "" : "\\"}${sha256}  ${escaped}`;
}
