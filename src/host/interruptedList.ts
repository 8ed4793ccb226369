import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { EventEmitter, window } from "vscode";
import type { InterruptedTransfer } from "../bridge/state";
import { toSecureShareError } from "../core/errors";
import { Coalesced } from "./coalesce";
import { Disposable } from "./disposable";
import type { LoadEngine } from "./engine";
import type { Remembered } from "./journals";
import type { LiveSettings } from "./liveSettings";
import type { TransferChange, TransferList } from "./transferList";
import type { TransferLog } from "./transferLog";

export interface InterruptedListParts {
  readonly stateFolder: string;
  readonly loadEngine: LoadEngine;
  readonly settings: LiveSettings;
  readonly transfers: Pick<TransferList, "all" | "onDidChange">;
  readonly log: Pick<TransferLog, "fault">;
  /** Somebody may be looking at the list. */
  readonly shown: () => boolean;
}

/** Reading the folder more often would show nothing new. */
const INTERVAL_MS = 500;
/** How often to see whether another program has let go of a transfer. */
const ELSEWHERE_MS = 3_000;
/** Events after which a transfer may be in the list, or no longer. */
const TELLING: ReadonlySet<TransferChange["event"]["kind"]> = new Set([
  "taken-up",
  "finished",
  "failed",
  "dismissed",
]);

/** What the state folder remembers, less what has a card in this window. */
export class InterruptedList extends Disposable {
  #remembered: readonly Remembered[] = [];
  /** How many reads were begun, and which of them found what is remembered. */
  #begun = 0;
  #newest = 0;
  readonly #changed = this.register(new EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  #later: NodeJS.Timeout | undefined;
  readonly #refresh = this.register(new Coalesced(() => void this.read(), INTERVAL_MS));

  constructor(private readonly parts: InterruptedListParts) {
    super();
    this.register({ dispose: () => clearTimeout(this.#later) });
    this.register(
      parts.transfers.onDidChange(({ event }) => {
        if (TELLING.has(event.kind)) this.refresh();
      }),
    );
    // Another window may have ended, or taken up, one of them.
    this.register(
      window.onDidChangeWindowState(({ focused }) => {
        if (focused) this.refresh();
      }),
    );
  }

  get all(): InterruptedTransfer[] {
    const shown = new Set(this.parts.transfers.all.map(({ journal }) => journal));
    return this.#remembered
      .filter(({ id, running }) => running !== "here" && !shown.has(id))
      .map(({ id, role, contents, at, running }) => ({
        id,
        role,
        contents,
        at,
        elsewhere: running === "elsewhere",
      }));
  }

  refresh(): void {
    this.#refresh.request();
  }

  /** Looks into the state folder. The engine is loaded only where there is something in it. */
  async read(): Promise<readonly Remembered[]> {
    const { loadEngine, settings, log } = this.parts;
    this.#begun += 1;
    const turn = this.#begun;
    try {
      const { journals } = (await this.#isEmpty()) ? { journals: undefined } : await loadEngine();
      const found = (await journals?.list(settings.current.keepForMs)) ?? [];
      // One that was begun later may have come first, and has seen what is newer.
      if (turn > this.#newest) [this.#newest, this.#remembered] = [turn, found];
    } catch (error) {
      log.fault(toSecureShareError(error).code);
    }
    if (!this.disposed) this.#tell();
    return this.#remembered;
  }

  /** No event says that another program has ended. */
  #tell(): void {
    clearTimeout(this.#later);
    const elsewhere = this.#remembered.some(({ running }) => running === "elsewhere");
    if (elsewhere && this.parts.shown())
      this.#later = setTimeout(() => this.refresh(), ELSEWHERE_MS);
    this.#changed.fire();
  }

  async #isEmpty(): Promise<boolean> {
    const names = await readdir(join(this.parts.stateFolder, "transfers")).catch(() => []);
    return names.length === 0;
  }
}
