import { window } from "vscode";
import type { Failure } from "../core/errors";
import { Disposable } from "./disposable";
import type { LiveSettings } from "./liveSettings";
import type { TransferChange, TransferList } from "./transferList";

/** The view, as far as notices need to know it. */
export interface Shown {
  readonly visible: boolean;
  show(): Promise<void>;
}

/** Notifies only where an answer is needed or something failed while the view is hidden. */
export class Notices extends Disposable {
  constructor(
    transfers: TransferList,
    private readonly settings: LiveSettings,
    private readonly view: Shown,
  ) {
    super();
    /** Transfers whose open question has been told: ticks show the same offer again. */
    const told = new WeakSet<object>();
    this.register(
      transfers.onDidChange(({ transfer, event }) => {
        if (this.view.visible || transfer.suspended) return;
        if (event.kind === "offer" && told.has(transfer)) return;
        if (event.kind === "offer") told.add(transfer);
        void this.#notify(event);
      }),
    );
  }

  async #notify(event: TransferChange["event"]): Promise<void> {
    const { texts } = this.settings;
    const show = texts.say("show");
    const answer = await this.#message(event, show);
    if (answer === show) await this.view.show();
  }

  #message(event: TransferChange["event"], show: string): Thenable<string | undefined> {
    const { texts } = this.settings;
    switch (event.kind) {
      case "verify-asked":
        return window.showInformationMessage(texts.say("verifyWaiting"), show);
      case "offer":
        return window.showInformationMessage(texts.say("offerWaiting"), show);
      case "changed-asked":
        return window.showInformationMessage(texts.say("changedWaiting"), show);
      case "failed":
        return this.#failure(event.failure, show);
      default:
        return Promise.resolve(undefined);
    }
  }

  #failure(failure: Failure, show: string): Thenable<string | undefined> {
    // What the user did is no news.
    if ("by" in failure.details && failure.details.by === "us") return Promise.resolve(undefined);
    const { message, remedy } = this.settings.texts.failure(failure);
    return window.showErrorMessage(`${message} ${remedy}`, show);
  }
}
