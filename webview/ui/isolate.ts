import { visible } from "../../src/core/files/names";

/**
 * A name from outside for the middle of a plain sentence or an attribute: what is invisible
 * in it shows, and it cannot turn the text around it (first-strong isolate, UAX 9).
 */
export function isolated(name: string): string {
  return `\u2068${visible(name)}\u2069`;
}
