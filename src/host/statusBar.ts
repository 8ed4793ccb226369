import { StatusBarAlignment, type StatusBarItem, ThemeColor, window } from "vscode";
import type { Transfer } from "../presenter/transfer";
import { isPaused } from "../presenter/transferState";
import { Coalesced } from "./coalesce";
import { Disposable } from "./disposable";
import type { LiveSettings } from "./liveSettings";
import type { Texts } from "./texts";
import type { TransferList } from "./transferList";

const INTERVAL_MS = 250;

/** One item while something is under way: what, how far, and whether an answer is needed. */
export class StatusBar extends Disposable {
  readonly #item: StatusBarItem;

  constructor(
    private readonly transfers: TransferList,
    private readonly settings: LiveSettings,
  ) {
    super();
    this.#item = this.register(window.createStatusBarItem("transfers", StatusBarAlignment.Left, 0));
    this.#item.name = "SecureShare";
    this.#item.command = "secureshare.show";
    const render = this.register(new Coalesced(() => this.#render(), INTERVAL_MS));
    this.register(transfers.onDidChange(() => render.request()));
    this.register(settings.onDidChange(() => render.request()));
  }

  #render(): void {
    const { active } = this.transfers;
    // The one that waits for its user comes before the one that is merely newest.
    const shown = active.find((transfer) => transfer.asks) ?? active[0];
    if (shown === undefined) return this.#item.hide();
    const { texts } = this.settings;
    const { word, asks } = status(shown, texts);
    const icon = shown.view.role === "sender" ? "cloud-upload" : "cloud-download";
    this.#item.text = `$(${icon}) ${word}`;
    this.#item.backgroundColor = asks
      ? new ThemeColor("statusBarItem.warningBackground")
      : undefined;
    const title = texts.title(shown.view.role, shown.view.contents);
    this.#item.tooltip = `${title}\n${texts.say("statusTooltip")}`;
    this.#item.accessibilityInformation = { label: `SecureShare: ${title}, ${word}` };
    this.#item.show();
  }
}

function status(transfer: Transfer, texts: Texts): { word: string; asks: boolean } {
  const { phase } = transfer.view;
  if (transfer.asks) return { word: texts.say("statusAsks"), asks: true };
  if (phase.phase !== "moving") return { word: texts.say("statusWaiting"), asks: false };
  if (isPaused(transfer.state)) return { word: texts.say("statusPaused"), asks: false };
  const fraction = phase.totalBytes === 0 ? 0 : phase.bytes / phase.totalBytes;
  return { word: texts.percent(fraction), asks: false };
}
