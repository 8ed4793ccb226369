import "@vscode-elements/elements/dist/vscode-textfield/index.js";
import { html, nothing, type TemplateResult } from "lit";
import type { Phase, TransferView } from "../../../../src/bridge/state";
import { groupedDigits } from "../../../../src/core/format";
import { button, type Piece, spoken } from "../../elements";
import type { Context } from "../context";
import { cancelButton, note } from "../parts";

export type Verify = Extract<Phase, { phase: "verify" }>;
export type AwaitingPeer = Extract<Phase, { phase: "awaiting-peer" }>;

export function verify(context: Context, transfer: TransferView, phase: Verify): TemplateResult {
  const question = phase.digits === undefined ? typing : comparing;
  return html`${question(context, transfer, phase)} ${peerNotes(context, phase)}`;
}

/** The digits are shown: the user compares, or reads them out and hears the answer. */
function comparing({ texts, post }: Context, { id }: TransferView, phase: Verify): TemplateResult {
  const compare = phase.mode === "compare";
  return html`
    <p class="question">${texts.say(compare ? "compareQuestion" : "readDigits")}</p>
    ${digitsBlock(texts, phase.digits ?? "")}
    <div class="actions actions-even">
      ${button(
        texts.say(compare ? "match" : "accepted"),
        { action: "confirm", icon: "check", primary: true },
        () => post({ type: "confirm", id }),
      )}
      ${button(
        texts.say(compare ? "differ" : "notAccepted"),
        { action: "reject", icon: "close" },
        () => post({ type: "reject", id }),
      )}
    </div>
    <p class="muted">${texts.say("verifyWhy")}</p>
  `;
}

function digitsBlock(texts: Context["texts"], digits: string): TemplateResult {
  const apart = digits.split("").join(" ");
  return html`<p class="code-block digits">
    <span aria-hidden="true">${groupedDigits(digits)}</span>${spoken(
      texts.fill("digitsSpelled", { digits: apart }),
    )}
  </p>`;
}

/** The digits are hidden: the sender's user types what the receiver reads out. */
function typing({ texts, post }: Context, { id }: TransferView, phase: Verify): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const entered = new FormData(event.currentTarget).get("digits");
    const digits = typeof entered === "string" ? entered.replace(/\D/g, "") : "";
    if (digits.length === 6) post({ type: "typed", id, digits });
  };
  const field = `digits-${id}`;
  return html`
    <form @submit=${submit}>
      <p class="question">${texts.say("typeQuestion")}</p>
      <label for=${field}>${texts.say("typeLabel")}</label>
      <vscode-textfield
        id=${field}
        class="digits-field"
        name="digits"
        .label=${texts.say("typeLabel")}
        placeholder="000 000"
        maxlength="16"
        autocomplete="off"
      ></vscode-textfield>
      ${
        phase.triesLeft === undefined
          ? nothing
          : html`<p class="muted" role="status">
              ${texts.fill("triesLeft", { count: phase.triesLeft })}
            </p>`
      }
      <div class="actions actions-even">
        <vscode-button type="submit" data-action="typed">${texts.say("typeCheck")}</vscode-button>
        ${button(texts.say("typeStop"), { action: "reject" }, () => post({ type: "reject", id }))}
      </div>
    </form>
  `;
}

/** What the other side said about how it checks. */
function peerNotes({ texts }: Context, { peer }: Verify): TemplateResult {
  const policies = {
    compare: texts.say("peerCompare"),
    type: texts.say("peerType"),
    "code-only": texts.say("peerCodeOnly"),
  };
  const alone = peer.policy === "code-only";
  return html`${note(alone ? "warning" : "info", policies[peer.policy])}
  ${peer.automated ? note("warning", texts.say("peerAutomated")) : nothing}`;
}

export function awaitingPeer(context: Context, { id }: TransferView, phase: AwaitingPeer): Piece {
  return html`<vscode-progress-bar
      indeterminate
      aria-label=${context.texts.say("waiting")}
    ></vscode-progress-bar>
    ${phase.digits === undefined ? nothing : digitsBlock(context.texts, phase.digits)}
    <div class="actions">${cancelButton(context, id)}</div>`;
}
