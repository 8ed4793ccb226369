/** The page's life: states come from the worker, the page is drawn, what the user does goes back. */
import { render } from "lit";
import type { Language } from "../../l10n/language";
import type { ViewMessage } from "../../src/bridge/messages";
import type { TransferView, ViewState } from "../../src/bridge/state";
import type { PageMessage, WorkerMessage } from "../../src/browser/messages";
import { keepingFocus } from "../ui/focus";
import type { Root } from "../ui/root";
import { longEnough } from "../ui/transfer/code";
import { announcement } from "../ui/transfer/describe";
import { type Texts, textsFor } from "../ui/transfer/texts";
import { Awake } from "./awake";
import { copiedText, isCopy, logText, writeClipboard } from "./clipboard";
import type { Context, Passing, Surroundings } from "./context";
import { download } from "./download";
import { judge } from "./invitation";
import { page } from "./page";
import { refuse } from "./refusal";
import { received, target } from "./target";
import { type PageTexts, pageTexts } from "./texts";

/** How long a button says that it has copied. */
const COPIED_MS = 2000;
const SECOND = 1000;
const TITLE = "SecureShare";

export interface AppOptions extends Root {
  readonly around: Surroundings;
  /** Address of the relay that served the page. */
  readonly relay: string;
  /** Until the worker says which. */
  readonly language: Language;
  readonly post: (message: PageMessage) => void;
  /** Asks the user for a folder; `undefined` when there is none in the end. */
  readonly pickFolder: () => Promise<FileSystemDirectoryHandle | undefined>;
}

const isActive = ({ phase }: TransferView) => phase.phase !== "done" && phase.phase !== "failed";

/** `42 % SecureShare` while something moves. */
function titleOf({ transfers }: ViewState, texts: Texts): string {
  const moving = transfers.map(({ phase }) => phase).find((each) => each.phase === "moving");
  if (moving === undefined || moving.totalBytes === 0) return TITLE;
  return `${texts.formats.percent(moving.bytes / moving.totalBytes)} · ${TITLE}`;
}

export class App {
  #state: ViewState | undefined;
  #texts: Texts | undefined;
  #words: PageTexts | undefined;
  #savable: ReadonlyMap<string, number> = new Map();
  #keptMax: number | undefined;
  #passing: Passing = {
    draft: "",
    text: "",
    verdict: undefined,
    copied: undefined,
    emptyDrop: false,
    ailing: false,
    packing: new Set(),
    unpacked: new Set(),
  };
  #copiedTimer: ReturnType<typeof setTimeout> | undefined;
  #countdown: ReturnType<typeof setInterval> | undefined;
  readonly #awake = new Awake(navigator.wakeLock, () => document.visibilityState === "visible");

  constructor(private readonly o: AppOptions) {}

  /** Leaving now would end a transfer, or lose what has arrived. */
  get holds(): boolean {
    const unsaved = [...this.#savable.values()].some((count) => count > 0);
    return unsaved || (this.#state?.transfers.some(isActive) ?? false);
  }

  take(message: WorkerMessage): void {
    switch (message.type) {
      // Whoever hands messages over has heard it.
      case "alive":
        break;
      case "begun":
        this.#keptMax = message.keptMax;
        break;
      case "state":
        this.#savable = message.savable;
        this.#show(message.state);
        break;
      case "save":
        if (message.path === undefined) this.#packed(message.id, false);
        download(document, message.name, message.blob);
        break;
      case "saveFailed":
        this.#packed(message.id, true);
        break;
    }
  }

  /** An invitation that came with the address: filled in, and never begun by itself. */
  invite(invitation: string): void {
    this.#pass({ draft: invitation, verdict: judge(invitation, this.o.relay) });
  }

  /** The worker has failed, or does not answer; or it does again. */
  ails(ailing: boolean): void {
    const { root, language } = this.o;
    if (this.#state !== undefined) this.#pass({ ailing });
    else if (ailing) refuse(root, language, pageTexts(language).say("noWorker"));
  }

  #show(state: ViewState): void {
    const before = this.#state;
    if (this.#texts?.language !== state.language) {
      this.#texts = textsFor(state.language);
      this.#words = pageTexts(state.language);
    }
    this.#state = state;
    document.documentElement.lang = state.language;
    document.title = titleOf(state, this.#texts);
    keepingFocus(document, () => this.#draw());
    this.#countDown(state.transfers.some(({ phase }) => phase.phase === "waiting"));
    this.#awake.keep(state.transfers.some(({ phase }) => phase.phase === "moving"));
    const news = announcement(before, state, this.#texts);
    if (news !== "") this.o.announcer.textContent = news;
  }

  #pass(change: Partial<Passing>): void {
    this.#passing = { ...this.#passing, ...change };
    this.#draw();
  }

  #packed(id: string, failed: boolean): void {
    const without = (of: ReadonlySet<string>) => new Set([...of].filter((each) => each !== id));
    const { packing, unpacked } = this.#passing;
    const others = without(unpacked);
    this.#pass({ packing: without(packing), unpacked: failed ? others.add(id) : others });
  }

  #draw(): void {
    const [state, texts, words] = [this.#state, this.#texts, this.#words];
    if (state === undefined || texts === undefined || words === undefined) return;
    render(page(this.#context(state, texts, words)), this.o.root);
  }

  #context(state: ViewState, texts: Texts, words: PageTexts): Context {
    const { post, around } = this.o;
    const context: Context = {
      ...this.#passing,
      state,
      texts,
      words,
      around,
      now: Date.now(),
      remote: undefined,
      keptMax: this.#keptMax,
      savable: this.#savable,
      own: {
        target: (id, offer) => target(context, id, offer),
        received: (transfer) => received(context, transfer),
        keeps: (id) => (this.#savable.get(id) ?? 0) > 0,
      },
      post: (message) => this.#view(message, state, texts),
      copy: (key, message) => void this.#copy(key, message, state, texts),
      ask: post,
      pass: (change) => this.#pass(change),
      typed: (draft) => this.#typed(draft),
      submit: () => this.#submit(),
      pickFolder: (id) => void this.#pickFolder(id),
      save: (id, path) => {
        if (path === undefined) this.#pass({ packing: new Set([...this.#passing.packing, id]) });
        post({ type: "save", id, path });
      },
    };
    return context;
  }

  /** What a card asks of its host: some of it only a page can do. */
  #view(message: ViewMessage, { transfers }: ViewState, texts: Texts): void {
    const transfer = "id" in message ? transfers.find(({ id }) => id === message.id) : undefined;
    if (transfer !== undefined && message.type === "saveLog")
      download(document, "secureshare.log", new Blob([logText(transfer, texts)]));
    else if (transfer?.phase.phase === "done" && message.type === "saveText")
      download(document, "message.txt", new Blob([transfer.phase.text ?? ""]));
    else this.o.post({ type: "view", message });
  }

  /** Nothing is said about a code that is still being typed. */
  #typed(draft: string): void {
    const verdict = longEnough(draft) ? judge(draft, this.o.relay) : undefined;
    this.#pass({ draft, verdict });
  }

  #submit(): void {
    const { draft } = this.#passing;
    if (draft.trim() === "") return;
    const verdict = judge(draft, this.o.relay);
    if (verdict.kind !== "fits") return this.#pass({ verdict });
    this.o.post({ type: "view", message: { type: "receive", invitation: draft } });
    this.#pass({ draft: "", verdict: undefined });
  }

  async #pickFolder(id: string): Promise<void> {
    const folder = await this.o.pickFolder();
    if (folder !== undefined) this.o.post({ type: "target", id, folder });
  }

  /** Says that it has copied where the browser did. */
  async #copy(
    key: string,
    message: ViewMessage,
    { transfers }: ViewState,
    texts: Texts,
  ): Promise<void> {
    if (!isCopy(message)) return;
    const transfer = transfers.find(({ id }) => id === message.id);
    const text = transfer && copiedText(message, transfer, texts);
    if (text !== undefined && (await writeClipboard(document, text))) this.#copied(key, texts);
  }

  #copied(key: string, texts: Texts): void {
    clearTimeout(this.#copiedTimer);
    this.#pass({ copied: key });
    this.o.announcer.textContent = texts.say("copied");
    this.#copiedTimer = setTimeout(() => this.#pass({ copied: undefined }), COPIED_MS);
  }

  /** The one thing that changes without news from the worker. */
  #countDown(needed: boolean): void {
    if (needed === (this.#countdown !== undefined)) return;
    clearInterval(this.#countdown);
    this.#countdown = needed ? setInterval(() => this.#draw(), SECOND) : undefined;
  }
}
