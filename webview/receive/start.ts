/** Where transfers begin: a code to receive by, files and a text to send. */
import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { codeBox, valueOf } from "../ui/codeBox";
import { hover, leave, onDrop } from "../ui/dropZone";
import { button, outside, type Piece } from "../ui/elements";
import { note } from "../ui/transfer/parts";
import type { Context } from "./context";
import { droppedFiles, pickedFiles } from "./pick";

export function receive(context: Context): TemplateResult {
  const { texts, draft, verdict, typed, submit } = context;
  return codeBox({
    texts,
    heading: html`<h2 id="receive">${texts.say("receiveHeading")}</h2>`,
    draft,
    invalid: verdict?.kind === "wrong",
    secondary: false,
    typed,
    submit,
    verdict: judged(context),
  });
}

function judged({ texts, words, verdict }: Context): Piece {
  if (verdict === undefined) return nothing;
  if (verdict.kind === "fits") return note("pass", texts.say("invitationFits"));
  if (verdict.kind === "wrong") {
    const { message, remedy } = texts.failure(verdict.failure);
    return note("error", html`${message} ${remedy}`);
  }
  const { link } = verdict;
  return note(
    "warning",
    html`${words.say("otherRelay")} <a href=${link} rel="noreferrer">${outside(link)}</a>`,
  );
}

export function send(context: Context): TemplateResult {
  const { words, ask, pass, text, around } = context;
  const heading = html`<h2 id="send">${words.say("sendHeading")}</h2>`;
  if (!around.sends)
    return html`<section class="send" aria-labelledby="send">
      ${heading}${note("info", words.say("sendOff"))}
    </section>`;
  const submit = (event: Event) => {
    event.preventDefault();
    if (text.trim() === "") return;
    ask({ type: "sendText", text });
    pass({ text: "" });
  };
  return html`<section class="send" aria-labelledby="send">
    ${heading} ${dropZone(context)}
    <form class="text" @submit=${submit}>
      <label for="text">${words.say("textLabel")}</label>
      <textarea
        id="text"
        rows="2"
        maxlength="100000"
        .value=${live(text)}
        @input=${(event: Event) => pass({ text: valueOf(event) })}
      ></textarea>
      <div class="actions">
        <vscode-button type="submit" data-action="sendText" secondary ?disabled=${text.trim() === ""}
          >${words.say("sendText")}</vscode-button
        >
      </div>
    </form>
  </section>`;
}

function dropZone(context: Context): TemplateResult {
  const { words, emptyDrop } = context;
  return html`<div class="drop" @dragover=${hover} @dragenter=${hover} @dragleave=${leave} @drop=${onDrop((dropped) => take(context, dropped))}>
    <div class="actions actions-even">
      ${picker(context, "files", words.say("chooseFiles"))}
      ${picker(context, "folder", words.say("chooseFolder"))}
    </div>
    <p class="muted">${words.say("dropHere")}</p>
    ${emptyDrop ? html`<div role="alert">${note("warning", words.say("dropNothing"))}</div>` : nothing}
  </div>`;
}

/** A button that opens the browser's dialog by a field that is not shown. */
function picker({ ask }: Context, what: "files" | "folder", label: string): TemplateResult {
  const id = `pick-${what}`;
  const changed = ({ currentTarget }: Event) => {
    if (!(currentTarget instanceof HTMLInputElement)) return;
    const picked = pickedFiles(currentTarget.files ?? []);
    currentTarget.value = "";
    if (picked.length > 0) ask({ type: "send", picked });
  };
  return html`<input
      id=${id}
      type="file"
      hidden
      multiple
      ?webkitdirectory=${what === "folder"}
      @change=${changed}
    />${button(label, { action: id, primary: what === "files" }, () => {
      document.getElementById(id)?.click();
    })}`;
}

function take({ ask, pass }: Context, dropped: DataTransfer): void {
  droppedFiles(dropped).then(
    (picked) => {
      pass({ emptyDrop: picked.length === 0 });
      if (picked.length > 0) ask({ type: "send", picked });
    },
    () => pass({ emptyDrop: true }),
  );
}
