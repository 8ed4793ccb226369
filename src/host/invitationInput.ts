/** What the user has typed of an invitation so far. Pure. */
import { type Failure, toSecureShareError } from "../core/errors";
import { formatCode } from "../core/wire/code";
import { type Invitation, parseInvitation, spokenInvitation } from "../core/wire/invitation";

export type Typed =
  | { kind: "incomplete" }
  | { kind: "invitation"; invitation: Invitation }
  | { kind: "wrong"; failure: Failure };

const CODE_LENGTH = 12;

/** A code that is still too short is incomplete; a slip shows as soon as it is long enough. */
export function readTyped(text: string): Typed {
  try {
    return { kind: "invitation", invitation: parseInvitation(text) };
  } catch (error) {
    const { failure } = toSecureShareError(error);
    return codePart(text).length < CODE_LENGTH
      ? { kind: "incomplete" }
      : { kind: "wrong", failure };
  }
}

/** The symbols of the code itself, in a code, `CODE@ADDRESS` or a link. */
function codePart(text: string): string {
  const fragment = text.slice(text.indexOf("#") + 1);
  const code = fragment.split("@", 1)[0] ?? "";
  return code.replace(/[\s\-\u2010-\u2015]/g, "");
}

/** A link names its relay for the user, who then has to agree to it. */
export function isLink(text: string): boolean {
  return text.includes("#");
}

/** An invitation as a user would type it. */
export function written({ code, relay }: Invitation): string {
  return relay === undefined ? formatCode(code) : spokenInvitation(code, relay);
}
