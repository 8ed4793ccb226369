/** The field for a code or a link, with the button beside it and what is said about it. */
import "@vscode-elements/elements/dist/vscode-textfield/index.js";
import { html, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Piece } from "./elements";
import type { Texts } from "./transfer/texts";

export interface CodeBox {
  readonly texts: Texts;
  /** Bears the id `receive`. */
  readonly heading: TemplateResult;
  readonly draft: string;
  readonly invalid: boolean;
  /** Another button of the same place is the main one. */
  readonly secondary: boolean;
  readonly typed: (draft: string) => void;
  readonly submit: () => void;
  readonly verdict: Piece;
}

/** The value of the field in which something was typed; the element is not an `<input>`. */
export function valueOf({ currentTarget }: Event): string {
  return currentTarget instanceof HTMLElement && "value" in currentTarget
    ? String(currentTarget.value)
    : "";
}

export function codeBox(box: CodeBox): TemplateResult {
  const { texts, heading, draft, invalid, secondary, typed, submit, verdict } = box;
  const submitted = (event: Event) => {
    event.preventDefault();
    submit();
  };
  return html`<form class="receive" aria-labelledby="receive" @submit=${submitted}>
    ${heading}
    <label for="invitation">${texts.say("receiveLabel")}</label>
    <div class="field">
      <vscode-textfield
        id="invitation"
        .label=${texts.say("receiveLabel")}
        placeholder="k7qm-3x9d-t2v7"
        maxlength="2048"
        autocomplete="off"
        ?invalid=${invalid}
        .value=${live(draft)}
        @input=${(event: Event) => typed(valueOf(event))}
      ></vscode-textfield>
      <vscode-button type="submit" data-action="receive" ?secondary=${secondary}
        >${texts.say("receive")}</vscode-button
      >
    </div>
    <div role="status">${verdict}</div>
  </form>`;
}
