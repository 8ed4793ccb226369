/** What a screen is kept on by; a page that is no secure context has none. */
type Locks = Pick<WakeLock, "request"> | undefined;

/** Keeps a screen on while bytes move: a phone that sleeps lets go of the network. */
export class Awake {
  #lock: Promise<WakeLockSentinel | undefined> | undefined;

  constructor(
    private readonly locks: Locks,
    /** Whether the page is in view: browsers take the lock from one that is not. */
    private readonly seen: () => boolean,
  ) {}

  /**
   * Asks for the lock, again where the browser took it back, or lets it go. Browsers may
   * refuse: it is a kindness, nothing depends on it.
   */
  keep(moving: boolean): void {
    if (moving) {
      if (this.#lock === undefined && this.seen()) this.#request();
      return;
    }
    const lock = this.#lock;
    this.#lock = undefined;
    void lock?.then((held) => held?.release());
  }

  #request(): void {
    const lock = this.locks?.request("screen").catch(() => undefined);
    this.#lock = lock;
    void lock?.then((held) =>
      held?.addEventListener("release", () => {
        if (this.#lock === lock) this.#lock = undefined;
      }),
    );
  }
}
