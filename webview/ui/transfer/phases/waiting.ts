import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Phase, TransferView } from "../../../../src/bridge/state";
import { clock } from "../../../../src/core/format";
import { button, outside, type Piece, qrCode, spoken } from "../../elements";
import { isolated } from "../../isolate";
import { spelled } from "../code";
import type { Context } from "../context";
import { cancelButton, contentsSummary, copyButton, fact, note, throughEditor } from "../parts";

export type Waiting = Extract<Phase, { phase: "waiting" }>;

export function waiting(context: Context, { id }: TransferView, phase: Waiting): TemplateResult {
  const { texts, post } = context;
  return html`
    ${codeBlock(context, phase)}
    <div class="actions actions-even">${copyCode(context, id, phase)} ${cancelButton(context, id)}</div>
    ${
      phase.guessesLeft === undefined
        ? nothing
        : note("warning", texts.fill("guessesLeft", { count: phase.guessesLeft }))
    }
    <dl class="facts">
      ${fact(texts.say("expires"), html`<span role="timer">${timeLeft(context, phase)}</span>`)}
      ${fact(texts.say("contents"), contentsSummary(context, phase.contents))}
      ${fact(texts.say("relay"), outside(phase.relay))}
    </dl>
    ${gitignore(context, id, phase)} ${reachText(context, phase.reach)}
    ${forwarded(context, id, phase)}
    ${
      phase.reach === "configured"
        ? nothing
        : html`<div class="actions">
            ${button(texts.say("setRelay"), { action: "setRelay" }, () => post({ type: "setRelay" }))}
          </div>`
    }
    <figure class="link">
      ${qrCode(phase.link, texts.say("qr"))}
      <div class="beside">
        <figcaption>${spoken(`${texts.say("link")}: `)}${outside(phase.link)}</figcaption>
        <div class="actions">${copyLinks(context, id)}</div>
      </div>
    </figure>
  `;
}

/** What is sent can be changed while nobody has come for it. */
function gitignore({ texts, post }: Context, id: string, { contents }: Waiting): Piece {
  if (contents.gitignore === undefined) return nothing;
  const toggle = ({ currentTarget }: Event) => {
    if (currentTarget instanceof HTMLInputElement)
      post({ type: "gitignore", id, heeded: currentTarget.checked });
  };
  return html`<label class="choice">
    <input type="checkbox" .checked=${live(contents.gitignore)} @change=${toggle} />
    <span>${texts.say("heedGitignore")}</span>
  </label>`;
}

/** The code in large letters and, where the relay must be named too, its address. */
function codeBlock({ texts }: Context, { code, spoken: named }: Waiting): TemplateResult {
  const address = named?.slice(named.indexOf("@") + 1);
  return html`<p class="muted">${texts.say("readOut")}</p>
    <div class="code-block">
      <p class="code">
        <span aria-hidden="true">${code}</span>${spoken(
          texts.fill("codeSpelled", { letters: spelled(code) }),
        )}
      </p>
      ${
        address === undefined
          ? nothing
          : html`<p class="address">
              ${spoken(`${texts.say("atAddress")} `)}<span aria-hidden="true">@</span
              >${outside(address)}
            </p>`
      }
    </div>`;
}

/** The code as it has to be told: with its address where the other side needs it. */
function copyCode(context: Context, id: string, { spoken: named }: Waiting): TemplateResult {
  const { texts } = context;
  const what = named === undefined ? "code" : "spoken";
  const label = texts.say(named === undefined ? "copyCode" : "copySpoken");
  return copyButton(
    context,
    { label, key: `copy-${what}-${id}`, primary: true },
    { type: "copy", id, what },
  );
}

function copyLinks(context: Context, id: string): readonly TemplateResult[] {
  const links = [
    ["link", "copyLink"],
    ["editorLink", "copyEditorLink"],
  ] as const;
  return links.map(([what, label]) =>
    copyButton(
      context,
      { label: context.texts.say(label), key: `copy-${what}-${id}` },
      { type: "copy", id, what },
    ),
  );
}

function timeLeft({ texts, now }: Context, { expiresAt }: Waiting): string {
  return expiresAt <= now ? texts.say("expired") : clock(expiresAt - now);
}

function forwarded(context: Context, id: string, { forwarded: way }: Waiting): Piece {
  const { texts } = context;
  if (way === undefined) return nothing;
  if (way.reach === "login") return note("info", texts.fill("forwardedLogin", { host: way.host }));
  const copy = texts.say("copyForwarded");
  return throughEditor(context, id, { reach: way.reach, address: way.spoken, copy });
}

const REACH = {
  configured: "reachConfigured",
  "this-computer": "reachThisComputer",
  "this-network": "reachThisNetwork",
} as const;

/** Who can reach a relay; in a remote window with a word about which computer is meant. */
export function reachText({ texts, remote }: Context, reach: Waiting["reach"]): TemplateResult {
  const whom = texts.fill("reach", { whom: texts.say(REACH[reach]) });
  const elsewhere = reach !== "configured" && remote !== undefined;
  const where = elsewhere ? texts.fill("reachRemote", { remote: isolated(remote) }) : "";
  return html`<p class="muted">${whom} ${where}</p>`;
}
