/**
 * Who holds the content back in an epoch. Each side tells the other when its user pauses
 * or goes on, and again in every new epoch; content moves while nobody does.
 */
import { abortable, type Deferred, deferred } from "./async";
import type { Channel } from "./channel";
import type { TransferControls } from "./controls";
import type { SessionEvent } from "./events";

export class Pause {
  #peer = false;
  #announced = false;
  #moving: Deferred<void> | undefined;
  readonly #unsubscribe: () => void;

  constructor(
    private readonly channel: Channel,
    private readonly controls: TransferControls | undefined,
    private readonly tell: (event: SessionEvent) => void,
  ) {
    this.#unsubscribe = controls?.subscribe(() => this.#changed()) ?? (() => {});
  }

  /**
   * Says how it stands with us, where it is not what the other side assumes. Nothing is said
   * before: our first message of an epoch opens it, and the user may pause at any time.
   */
  announce(): void {
    this.#announced = true;
    if (this.controls?.paused) this.#send(true);
  }

  /** The other side's word. */
  peer(paused: boolean): void {
    this.#peer = paused;
    this.#settle();
  }

  /** Settles when content may move. */
  async moving(signal: AbortSignal): Promise<void> {
    while (this.#held) {
      this.#moving ??= deferred<void>();
      await abortable(this.#moving.promise, signal);
    }
  }

  dispose(): void {
    this.#unsubscribe();
  }

  get #held(): boolean {
    return this.#peer || (this.controls?.paused ?? false);
  }

  #changed(): void {
    this.#send(this.controls?.paused ?? false);
    this.#settle();
  }

  #send(paused: boolean): void {
    if (!this.#announced) return;
    // Only the channel can fail, and the reader meets that failure itself.
    this.channel.sendControl({ t: "pause", paused }).catch(() => {});
  }

  #settle(): void {
    this.tell({ kind: "paused", us: this.controls?.paused ?? false, peer: this.#peer });
    if (this.#held) return;
    this.#moving?.resolve();
    this.#moving = undefined;
  }
}
