/** What a transfer is about, as the heading of its card or of its line in a list. */
import { html, nothing, type TemplateResult } from "lit";
import type { Overview, TransferView } from "../../../src/bridge/state";
import { outside, spoken } from "../elements";
import type { Texts } from "./texts";

/** The direction is told by an icon beside this, and to screen readers by its name. */
export function subjectHeading(
  texts: Texts,
  role: TransferView["role"],
  about: Pick<Overview, "names" | "text"> | undefined,
): TemplateResult {
  const direction = texts.say(role === "sender" ? "sending" : "receiving");
  const [name] = about?.names ?? [];
  if (about?.text === true) return html`${spoken(`${direction}: `)}${texts.say("textItem")}`;
  if (about === undefined || name === undefined) return html`${direction}`;
  const count = about.names.length - 1;
  return html`${spoken(`${direction}: `)}${outside(name)}${
    count === 0 ? nothing : html` <span class="more">${texts.fill("andMore", { count })}</span>`
  }`;
}
