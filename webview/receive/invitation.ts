/** Judges what was typed, pasted, or came with the address, before anything is asked of a relay. */
import { SecureShareError } from "../../src/core/errors";
import { parseInvitation, webLink } from "../../src/core/wire/invitation";
import type { Verdict } from "./context";

/** `relay`: the address of the page's own. */
export function judge(invitation: string, relay: string): Verdict {
  try {
    const { code, relay: named } = parseInvitation(invitation);
    if (named === undefined || named === relay) return { kind: "fits" };
    return { kind: "elsewhere", link: webLink(code, named) };
  } catch (error) {
    if (error instanceof SecureShareError) return { kind: "wrong", failure: error.failure };
    throw error;
  }
}
