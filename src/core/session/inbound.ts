/**
 * One arriving item: its bytes go through a chain of open, writes and publish, in order,
 * without holding up the record reader. A failure of the item's own ends the item; what
 * still arrives of it is dropped.
 */
import { equalConstantTime, hex } from "../crypto/bytes";
import { SecureShareError, toSecureShareError } from "../errors";
import type { OfferItem } from "../files/manifest";
import type { Hasher, ItemWriter, Published } from "../ports";
import type { Recheck } from "./recheck";

export type InboundResult =
  | { kind: "published"; published: Published; sha256: string }
  | { kind: "failed"; error: SecureShareError };

/**
 * Failures after which going on makes no sense: they would hit every item. The sink decides
 * then what becomes of partial files, for a later run may still want them.
 */
export function endsAll({ code }: SecureShareError): boolean {
  return code === "E_DISK_FULL" || code === "E_INTERNAL" || code === "E_INTERRUPTED";
}

/** How an item's SHA-256 comes about. */
export interface Digest {
  /** These bytes have just been handed to the writer. */
  arrived(bytes: Uint8Array): void;
  /** As many bytes as ever arrived in one call now stand in the file. */
  written(length: number): void;
  /** The digest of the whole item, after its last byte. */
  whole(): Promise<Uint8Array>;
  /** Gives up: `whole` then rejects with E_INTERRUPTED, unless it has settled. */
  end(): void;
}

/** Over the bytes as they pass. */
export function inlineDigest(hasher: Hasher): Digest {
  return {
    arrived: (bytes) => hasher.update(bytes),
    written: () => {},
    whole: async () => hasher.digest(),
    end: () => {},
  };
}

/** Over the file, for an item whose beginning a former run left there. */
export function recheckedDigest(recheck: Recheck): Digest {
  const controller = new AbortController();
  const whole = recheck.run(controller.signal);
  whole.catch(() => {});
  return {
    arrived: () => {},
    written: (length) => recheck.grown(length),
    whole: () => whole,
    end: () => controller.abort(new SecureShareError("E_INTERRUPTED", { reason: "item-over" })),
  };
}

export class InboundItem {
  readonly #writer: Promise<ItemWriter>;
  #chain: Promise<void>;
  #failure: SecureShareError | undefined;
  #offset: number;

  /** `from`: bytes that the writer holds already. */
  constructor(
    readonly index: number,
    readonly item: OfferItem,
    from: number,
    private readonly digest: Digest,
    open: () => Promise<ItemWriter>,
  ) {
    this.#offset = from;
    this.#writer = open();
    this.#chain = this.#writer.then(() => {}).catch((error: unknown) => this.#fail(error));
  }

  get offset(): number {
    return this.#offset;
  }

  /** What went wrong with it so far. */
  get failure(): SecureShareError | undefined {
    return this.#failure;
  }

  #fail(error: unknown): void {
    this.#failure ??= toSecureShareError(error);
  }

  /** Queues bytes; they may be reused when this settles, which it always does. */
  write(bytes: Uint8Array): Promise<void> {
    this.digest.arrived(bytes);
    this.#offset += bytes.length;
    this.#chain = this.#chain
      .then(async () => {
        if (this.#failure !== undefined) return;
        await (await this.#writer).write(bytes);
        this.digest.written(bytes.length);
      })
      .catch((error: unknown) => this.#fail(error));
    return this.#chain;
  }

  /** The sender's ITEM_END: judges the digest and publishes. Never rejects. */
  async end(sha256: Uint8Array): Promise<InboundResult> {
    if (this.#offset !== this.item.size) this.#fail(this.#mismatch());
    await this.#chain;
    try {
      if (this.#failure === undefined && !equalConstantTime(await this.digest.whole(), sha256))
        this.#fail(this.#mismatch());
    } catch (error) {
      this.#fail(error);
    }
    return this.#settle(hex(sha256));
  }

  /** The sender gave the item up, or the transfer ends. Never rejects. */
  giveUp(error: SecureShareError): Promise<InboundResult> {
    this.#fail(error);
    return this.#settle("");
  }

  /** Waits until nothing of this item touches the disk; its partial file stays. */
  async rest(): Promise<void> {
    await this.#chain;
    this.digest.end();
  }

  #mismatch(): SecureShareError {
    return new SecureShareError("E_INTEGRITY", { path: this.item.path });
  }

  async #settle(sha256: string): Promise<InboundResult> {
    await this.#chain;
    this.digest.end();
    try {
      if (this.#failure === undefined) {
        const published = await (await this.#writer).publish();
        return { kind: "published", published, sha256 };
      }
    } catch (error) {
      this.#fail(error);
    }
    const error = this.#failure ?? new SecureShareError("E_INTERNAL", { reason: "no outcome" });
    if (!endsAll(error)) {
      const writer = await this.#writer.catch(() => undefined);
      await writer?.discard().catch(() => {});
    }
    return { kind: "failed", error };
  }
}

/** A writer for a text message: it stays in memory and is shown, never a file. */
export function textWriter(size: number, received: (text: string) => void): ItemWriter {
  const bytes = new Uint8Array(size);
  let at = 0;
  return {
    write: async (more) => {
      bytes.set(more, at);
      at += more.length;
    },
    publish: async () => {
      received(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
      return { path: undefined, outcome: "written" };
    },
    discard: async () => {},
  };
}

/** Takes what a former run has settled and drops it. */
export const settledWriter: ItemWriter = {
  write: async () => {},
  publish: async () => ({ path: undefined, outcome: "skipped" }),
  discard: async () => {},
};
