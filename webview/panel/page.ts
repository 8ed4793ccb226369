/** The whole document body. */
import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { repeat } from "lit/directives/repeat.js";
import { LANGUAGE_SETTINGS, OWN_NAMES } from "../../l10n/language";
import { card } from "../ui/transfer/card";
import type { Context } from "./context";
import { history } from "./history";
import { interrupted } from "./interrupted";
import { relays } from "./relays";
import { start } from "./start";

export function page(context: Context): TemplateResult {
  const { state, texts } = context;
  return html`<main>
      <h1 class="spoken">SecureShare</h1>
      ${
        state.transfers.length === 0
          ? nothing
          : html`<section class="transfers" aria-label=${texts.say("transfersHeading")}>
              ${repeat(
                state.transfers,
                ({ id }) => id,
                (transfer) => card(context, transfer),
              )}
            </section>`
      }
      ${interrupted(context)} ${start(context)} ${relays(context)} ${history(context)}
    </main>
    <footer>${languages(context)}</footer>`;
}

function languages({ state, texts, post }: Context): TemplateResult {
  const choose = (event: Event) => {
    if (!(event.currentTarget instanceof HTMLSelectElement)) return;
    const language = LANGUAGE_SETTINGS[event.currentTarget.selectedIndex];
    if (language !== undefined) post({ type: "language", language });
  };
  return html`<label for="language">${texts.say("language")}</label>
    <select id="language" @change=${choose}>
      ${LANGUAGE_SETTINGS.map(
        (setting) =>
          html`<option .selected=${live(setting === state.languageSetting)}>
            ${setting === "auto" ? texts.say("languageAuto") : OWN_NAMES[setting]}
          </option>`,
      )}
    </select>`;
}
