/**
 * One arriving item: its bytes go through a chain of open, writes and publish, in order,
 * without holding up the record reader. A failure of the item's own ends the item; what
 * still arrives of it is dropped.
 */
import { equalConstantTime, hex } from "../crypto/bytes";
import { SecureShareError, toSecureShareError } from "../errors";
import type { OfferItem } from "../files/manifest";
import type { Hasher, ItemWriter, Published } from "../ports";

export type InboundResult =
  | { kind: "published"; published: Published; sha256: string }
  | { kind: "failed"; error: SecureShareError };

export class InboundItem {
  readonly #writer: Promise<ItemWriter>;
  #chain: Promise<void>;
  #failure: SecureShareError | undefined;
  #offset = 0;

  constructor(
    readonly index: number,
    readonly item: OfferItem,
    private readonly hasher: Hasher,
    open: () => Promise<ItemWriter>,
  ) {
    this.#writer = open();
    this.#chain = this.#writer.then(() => {}).catch((error: unknown) => this.#fail(error));
  }

  get offset(): number {
    return this.#offset;
  }

  #fail(error: unknown): void {
    this.#failure ??= toSecureShareError(error);
  }

  /** Queues bytes; they may be reused when this settles, which it always does. */
  write(bytes: Uint8Array): Promise<void> {
    this.hasher.update(bytes);
    this.#offset += bytes.length;
    this.#chain = this.#chain
      .then(async () => {
        if (this.#failure === undefined) await (await this.#writer).write(bytes);
      })
      .catch((error: unknown) => this.#fail(error));
    return this.#chain;
  }

  /** The sender's ITEM_END: judges the digest and publishes. Never rejects. */
  end(sha256: Uint8Array): Promise<InboundResult> {
    const digest = this.hasher.digest();
    if (this.#offset !== this.item.size || !equalConstantTime(digest, sha256))
      this.#fail(new SecureShareError("E_INTEGRITY", { path: this.item.path }));
    return this.#settle(hex(digest));
  }

  /** The sender gave the item up, or the transfer ends. Never rejects. */
  giveUp(error: SecureShareError): Promise<InboundResult> {
    this.#fail(error);
    return this.#settle("");
  }

  async #settle(sha256: string): Promise<InboundResult> {
    await this.#chain;
    try {
      if (this.#failure === undefined) {
        const published = await (await this.#writer).publish();
        return { kind: "published", published, sha256 };
      }
    } catch (error) {
      this.#fail(error);
    }
    const writer = await this.#writer.catch(() => undefined);
    await writer?.discard().catch(() => {});
    const error = this.#failure ?? new SecureShareError("E_INTERNAL", { reason: "no outcome" });
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
      received(new TextDecoder("utf-8").decode(bytes));
      return { path: undefined, outcome: "written" };
    },
    discard: async () => {},
  };
}
