import { type LogOutputChannel, window } from "vscode";
import type { ErrorCode } from "../core/errors";
import { Disposable } from "./disposable";
import type { LiveSettings } from "./liveSettings";
import type { TransferChange, TransferList } from "./transferList";

/**
 * The steps of all transfers in VS Code's output panel. Steps hold relays' addresses, counts
 * and error codes: no session code, digits, key, file name or content.
 */
export class TransferLog extends Disposable {
  readonly #channel: LogOutputChannel;

  constructor(
    transfers: TransferList,
    private readonly settings: LiveSettings,
  ) {
    super();
    this.#channel = this.register(window.createOutputChannel("SecureShare", { log: true }));
    this.register(transfers.onDidChange((change) => this.#write(change)));
  }

  show(): void {
    this.#channel.show();
  }

  /** Something that went wrong outside of a transfer, by its code. */
  fault(code: ErrorCode): void {
    this.#channel.error(code);
  }

  #write({ transfer, event }: TransferChange): void {
    const name = `${transfer.view.role} ${transfer.id.slice(0, 4)}`;
    if (event.kind === "step") {
      this.#channel.info(`${name}: ${this.settings.texts.step(event)}`);
    } else if (event.kind === "failed") {
      const last = transfer.view.log.at(-1);
      if (last !== undefined) this.#channel.warn(`${name}: ${this.settings.texts.step(last.step)}`);
    }
  }
}
