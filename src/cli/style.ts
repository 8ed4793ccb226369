/** ANSI colours (ECMA-48, SGR), or none. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

function sgr(on: number, off: number): (text: string) => string {
  return (text) => `\u001b[${on}m${text}\u001b[${off}m`;
}

const COLOURS: Style = { bold: sgr(1, 22), dim: sgr(2, 22), good: sgr(32, 39), bad: sgr(31, 39) };
const plain = (text: string) => text;
const PLAIN: Style = { bold: plain, dim: plain, good: plain, bad: plain };

export function styleFor(output: { readonly colours: boolean }): Style {
  return output.colours ? COLOURS : PLAIN;
}
