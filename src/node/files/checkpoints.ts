/** A file under way is made durable after this many bytes, or this long after the last time. */
const CHECKPOINT_BYTES = 64 * 1024 * 1024;
const CHECKPOINT_MS = 1000;

export interface CheckpointSteps {
  /** Makes durable what was written so far. */
  readonly flush: () => Promise<void>;
  /** Writes down that the file is durable up to `offset`. */
  readonly note: (offset: number) => Promise<void>;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
}

/** Makes a file that is being written durable now and then, beside the writing. */
export class Checkpoints {
  #running: Promise<void> | undefined;
  #failure: unknown;
  #lastOffset: number;
  #lastTime: number;

  constructor(
    private readonly steps: CheckpointSteps,
    offset: number,
  ) {
    this.#lastOffset = offset;
    this.#lastTime = steps.now();
  }

  /** Hears of each write, and waits for nothing. @throws what an earlier checkpoint failed with */
  written(offset: number): void {
    if (this.#failure !== undefined) throw this.#failure;
    const now = this.steps.now();
    const due =
      offset - this.#lastOffset >= CHECKPOINT_BYTES || now - this.#lastTime >= CHECKPOINT_MS;
    if (!due || this.#running !== undefined) return;
    this.#lastOffset = offset;
    this.#lastTime = now;
    this.#running = this.#run(offset).finally(() => {
      this.#running = undefined;
    });
  }

  /** Waits for a checkpoint under way: the file may be closed then. @throws as `written` */
  async settle(): Promise<void> {
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #run(offset: number): Promise<void> {
    try {
      await this.steps.flush();
      await this.steps.note(offset);
    } catch (error) {
      this.#failure = error;
    }
  }
}
