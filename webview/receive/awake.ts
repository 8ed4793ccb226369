/** Keeps a screen on while bytes move: a phone that sleeps lets go of the network. */
export class Awake {
  #lock: Promise<WakeLockSentinel | undefined> | undefined;

  /** Browsers may refuse, and take it back; it is a kindness, nothing depends on it. */
  keep(moving: boolean): void {
    if (moving === (this.#lock !== undefined) || !("wakeLock" in navigator)) return;
    if (moving) {
      this.#lock = navigator.wakeLock.request("screen").catch(() => undefined);
      return;
    }
    const lock = this.#lock;
    this.#lock = undefined;
    void lock?.then((held) => held?.release());
  }
}
