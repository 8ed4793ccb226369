import type { Output } from "./output";

/** One line at the bottom of a terminal that is redrawn in place; nothing elsewhere. */
export class StatusLine {
  #shown = false;

  constructor(private readonly output: Output) {}

  show(text: string): void {
    if (!this.output.terminal) return;
    this.output.write(`\r\u001b[2K${cut(text, this.output.columns() - 1)}`);
    this.#shown = true;
  }

  /** Before anything else is written to the terminal. */
  clear(): void {
    if (this.#shown) this.output.write("\r\u001b[2K");
    this.#shown = false;
  }
}

/** Cuts by code points. A wide character counts as one; a bar that wraps is only untidy. */
function cut(text: string, columns: number): string {
  const points = Array.from(text);
  return points.length <= columns ? text : `${points.slice(0, Math.max(columns - 1, 0)).join("")}…`;
}

const BAR = 24;

/** `[######------]` */
export function progressBar(fraction: number): string {
  const filled = Math.floor(Math.min(Math.max(fraction, 0), 1) * BAR);
  return `[${"#".repeat(filled)}${"-".repeat(BAR - filled)}]`;
}
