import { commands } from "vscode";
import { Disposable } from "./disposable";
import type { EmbeddedRelay } from "./embeddedRelay";
import type { TransferList } from "./transferList";

/** Keys for the `enablement` of commands in package.json. */
export class Contexts extends Disposable {
  readonly #known = new Map<string, boolean>();

  constructor(
    private readonly transfers: TransferList,
    private readonly relay: Pick<EmbeddedRelay, "leases">,
  ) {
    super();
    this.register(transfers.onDidChange(() => this.update()));
  }

  update(): void {
    const { active } = this.transfers;
    this.#set("active", active.length > 0);
    this.#set(
      "waiting",
      active.some(({ view }) => view.phase.phase === "waiting"),
    );
    this.#set(
      "moving",
      active.some(({ pausable }) => pausable),
    );
    this.#set(
      "paused",
      active.some(({ controls }) => controls.paused),
    );
    this.#set("relayRunning", this.relay.leases > 0);
  }

  /** Only what changes: progress comes often. */
  #set(key: string, value: boolean): void {
    if (this.#known.get(key) === value) return;
    this.#known.set(key, value);
    void commands.executeCommand("setContext", `secureshare.${key}`, value);
  }
}
