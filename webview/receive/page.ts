/** The whole document body. */
import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { repeat } from "lit/directives/repeat.js";
import { LANGUAGES, OWN_NAMES } from "../../l10n/language";
import { isolated } from "../ui/isolate";
import { card } from "../ui/transfer/card";
import { note } from "../ui/transfer/parts";
import type { Context } from "./context";
import { receive, send } from "./start";

export function page(context: Context): TemplateResult {
  const { state, texts, words, around, ailing } = context;
  return html`<header class="top">
      <h1>SecureShare</h1>
      ${languages(context)}
    </header>
    <main>
      ${ailing ? html`<div role="alert">${note("error", words.say("ailing"))}</div>` : nothing}
      ${around.secure ? nothing : note("warning", words.say("insecure"))}
      ${state.transfers.length === 0 ? html`<p>${words.say("intro")}</p>` : transfers(context)}
      <div class="start">${receive(context)} ${send(context)}</div>
    </main>
    <footer>
      <details>
        <summary>${words.say("trustHeading")}</summary>
        <p>${words.fill("trust", { host: isolated(around.host) })}</p>
      </details>
    </footer>`;

  function transfers(given: Context): TemplateResult {
    return html`<section class="transfers" aria-label=${texts.say("transfersHeading")}>
      ${repeat(
        state.transfers,
        ({ id }) => id,
        (transfer) => card(given, transfer),
      )}
    </section>`;
  }
}

function languages({ state, texts, ask }: Context): TemplateResult {
  const choose = (event: Event) => {
    if (!(event.currentTarget instanceof HTMLSelectElement)) return;
    const language = LANGUAGES[event.currentTarget.selectedIndex];
    if (language !== undefined) ask({ type: "view", message: { type: "language", language } });
  };
  return html`<label class="spoken" for="language">${texts.say("language")}</label>
    <select id="language" @change=${choose}>
      ${LANGUAGES.map(
        (each) =>
          html`<option .selected=${live(each === state.language)}>${OWN_NAMES[each]}</option>`,
      )}
    </select>`;
}
