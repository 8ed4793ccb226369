/** The view's life: states come in, the page is drawn, what the user does goes out. */
import { render } from "lit";
import type { HostMessage, ViewMessage } from "../../src/bridge/messages";
import type { ViewState } from "../../src/bridge/state";
import { keepingFocus } from "../ui/focus";
import type { Root } from "../ui/root";
import { longEnough } from "../ui/transfer/code";
import { announcement } from "../ui/transfer/describe";
import { type Texts, textsFor } from "../ui/transfer/texts";
import type { Context, Passing } from "./context";
import { page } from "./page";

/** How long a button says that it has copied. */
const COPIED_MS = 2000;
const SECOND = 1000;

export interface Surroundings extends Root {
  readonly window: Window;
  readonly post: (message: ViewMessage) => void;
}

export class Panel {
  #state: ViewState | undefined;
  #texts: Texts | undefined;
  /** Host's clock minus ours. */
  #clockAhead = 0;
  #passing: Passing = { draft: "", verdict: undefined, copied: undefined, emptyDrop: false };
  #copiedTimer: number | undefined;
  #countdown: number | undefined;

  constructor(private readonly around: Surroundings) {}

  receive(message: HostMessage): void {
    if (message.type === "state") this.#show(message.state);
    else this.#judge(message);
  }

  #show(state: ViewState): void {
    const before = this.#state;
    const texts = this.#texts?.language === state.language ? this.#texts : textsFor(state.language);
    this.#state = state;
    this.#texts = texts;
    if (state.now !== undefined) this.#clockAhead = state.now - Date.now();
    this.around.window.document.documentElement.lang = state.language;
    keepingFocus(this.around.window.document, () => this.#draw());
    this.#countDown(state.transfers.some(({ phase }) => phase.phase === "waiting"));
    const news = announcement(before, state, texts);
    if (news !== "") this.around.announcer.textContent = news;
  }

  #judge({ of, invitation, failure }: Extract<HostMessage, { type: "checked" }>): void {
    const started = of === "receive" && failure === undefined;
    if (started && this.#passing.draft === invitation)
      this.#pass({ draft: "", verdict: undefined });
    else this.#pass({ verdict: { invitation, failure } });
  }

  #pass(change: Partial<Passing>): void {
    this.#passing = { ...this.#passing, ...change };
    this.#draw();
  }

  #draw(): void {
    if (this.#state === undefined || this.#texts === undefined) return;
    render(page(this.#context(this.#state, this.#texts)), this.around.root);
  }

  #context(state: ViewState, texts: Texts): Context {
    const { post } = this.around;
    return {
      ...this.#passing,
      state,
      texts,
      now: Date.now() + this.#clockAhead,
      remote: state.remote,
      post,
      copy: (key, message) => {
        post(message);
        this.#copied(key);
      },
      typed: (draft) => {
        this.#pass({ draft });
        if (longEnough(draft)) post({ type: "check", invitation: draft });
      },
      submit: () => this.#submit(),
      dropped: (uris) => {
        this.#pass({ emptyDrop: uris.length === 0 });
        if (uris.length > 0) post({ type: "drop", uris: [...uris] });
      },
    };
  }

  #submit(): void {
    const { draft } = this.#passing;
    if (draft.trim() !== "") this.around.post({ type: "receive", invitation: draft });
  }

  #copied(key: string): void {
    const { window, announcer } = this.around;
    window.clearTimeout(this.#copiedTimer);
    this.#pass({ copied: key });
    announcer.textContent = this.#texts?.say("copied") ?? "";
    this.#copiedTimer = window.setTimeout(() => this.#pass({ copied: undefined }), COPIED_MS);
  }

  /** The one thing that changes without news from the host. */
  #countDown(needed: boolean): void {
    const { window } = this.around;
    if (needed === (this.#countdown !== undefined)) return;
    window.clearInterval(this.#countdown);
    this.#countdown = needed ? window.setInterval(() => this.#draw(), SECOND) : undefined;
  }
}
