/**
 * The encrypted channel of one epoch: records over a room. Sending is strictly one after
 * the other; receiving is one reader's business. Failures of the peer or the relay come out
 * as errors with a code, and the keys are wiped with the channel.
 */
import type { Reason } from "../causes";
import { type SessionSecrets, wipeSecrets } from "../crypto/schedule";
import { SecureShareError } from "../errors";
import type { Aead } from "../ports";
import { classifyFrame, FrameType } from "../wire/frames";
import { RECORD_HEADER, RECORD_PLAINTEXT, RECORD_TAG } from "../wire/limits";
import type { Role } from "../wire/rooms";
import { type Control, encodeControl } from "./control";
import { type CancelReason, Kind, RecordBuilder } from "./plaintext";
import { RecordOpener, RecordSealer } from "./record";
import type { Room } from "./room";

/** Plaintext of a record that carries small words outside the padded streams. */
export const SMALL_RECORD = 1024;
const OVERHEAD = RECORD_HEADER + RECORD_TAG;
/** Frame buffers kept for reuse; sends beyond them allocate. */
const SPARE_FRAMES = 16;

export class Channel {
  readonly #sealer: RecordSealer;
  readonly #opener: RecordOpener;
  readonly #spare: Uint8Array[] = [];
  #tail: Promise<void> = Promise.resolve();
  #sentBytes = 0;
  #closed = false;

  /** Takes over the secrets. */
  constructor(
    private readonly room: Room,
    role: Role,
    aead: Aead,
    secrets: SessionSecrets,
  ) {
    const { senderToReceiver, receiverToSender } = secrets;
    const sender = role === "sender";
    this.#sealer = new RecordSealer(aead, (sender ? senderToReceiver : receiverToSender).slice());
    this.#opener = new RecordOpener(aead, (sender ? receiverToSender : senderToReceiver).slice());
    wipeSecrets(secrets);
  }

  /** Plaintext bytes sent in this epoch, of all kinds: what CREDIT counts. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /**
   * Seals a record and hands it to the transport; settles when there is room for more.
   * `plaintext` may be reused then.
   * @throws E_INTERRUPTED when the connection is gone
   */
  send(plaintext: Uint8Array): Promise<void> {
    const sent = this.#tail.then(() => this.#send(plaintext));
    this.#tail = sent.catch(() => {});
    return sent;
  }

  async #send(plaintext: Uint8Array): Promise<void> {
    if (this.#closed) throw interrupted("connection-closed");
    const full = plaintext.length === RECORD_PLAINTEXT;
    const frame =
      (full ? this.#spare.pop() : undefined) ?? new Uint8Array(plaintext.length + OVERHEAD);
    await this.#sealer.seal(plaintext, frame);
    this.#sentBytes += plaintext.length;
    const release = () => {
      if (this.#spare.length < SPARE_FRAMES) this.#spare.push(frame);
    };
    await this.room.send(frame, full ? release : undefined).catch(() => {
      throw interrupted("connection-lost");
    });
  }

  /** Sends one CONTROL message in a record of its own, padded. */
  sendControl(message: Control): Promise<void> {
    return this.sendSmall(Kind.control, encodeControl(message));
  }

  /** Sends one small frame in a record of its own. */
  sendSmall(kind: Kind, body?: Uint8Array): Promise<void> {
    const builder = new RecordBuilder(new Uint8Array(SMALL_RECORD));
    builder.write(kind, body);
    return this.send(builder.padTo(SMALL_RECORD));
  }

  /** Tells the other side why we leave. */
  sendCancel(reason: CancelReason): Promise<void> {
    return this.sendSmall(Kind.cancel, Uint8Array.of(reason));
  }

  /**
   * The next record's plaintext, a view of `into`.
   * @throws E_INTERRUPTED when the peer or the relay left, E_TAMPERED when it is not the next record
   */
  async receive(into: Uint8Array): Promise<Uint8Array> {
    const event = await this.room.next();
    if (event.kind === "closed") throw interrupted(`relay-closed-${event.code}`);
    if (event.kind === "peer") throw interrupted(`peer-${event.state}`);
    if (classifyFrame(event.frame) !== FrameType.record)
      throw new SecureShareError("E_TAMPERED", {});
    const plaintext = await this.#opener.open(event.frame, into);
    event.release?.();
    if (plaintext === undefined) throw new SecureShareError("E_TAMPERED", {});
    return plaintext;
  }

  /** Ends the connection and wipes the keys once nothing is being sent. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.room.close();
    await this.#tail;
    this.#sealer.wipe();
    this.#opener.wipe();
  }
}

function interrupted(reason: Reason): SecureShareError<"E_INTERRUPTED"> {
  return new SecureShareError("E_INTERRUPTED", { reason });
}
