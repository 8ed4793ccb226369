/** The receiver's side of one handshake in a room: HELLO, M1, M2, M3. */
import type { Reason } from "../causes";
import type { SessionSecrets } from "../crypto/schedule";
import { SecureShareError } from "../errors";
import type { Clock } from "../ports";
import { AbortReason, classifyFrame, type FrameClass, FrameType } from "../wire/frames";
import { within } from "./async";
import type { ReceiverHandshake } from "./handshake";
import { HANDSHAKE_TIMEOUT } from "./pairing";
import type { Room } from "./room";

export class Exchange {
  /** Once M2 is out, the attempt counts as a guess, whatever ends it. */
  #spent = false;
  #deadline = Infinity;

  /** `beforeM2` may refuse by throwing: what follows it counts. */
  constructor(
    private readonly room: Room,
    private readonly handshake: ReceiverHandshake,
    private readonly clock: Clock,
    private readonly beforeM2: () => Promise<void>,
  ) {}

  /**
   * Both sides are in the room.
   * @throws E_CODE_WRONG, E_VERSION, E_HANDSHAKE, E_INTERRUPTED, what `beforeM2` throws
   */
  async run(signal: AbortSignal): Promise<SessionSecrets> {
    this.#deadline = this.clock.now() + HANDSHAKE_TIMEOUT;
    await this.#send(this.handshake.hello);
    const m2 = this.handshake.answer(await this.#frame(FrameType.m1, signal));
    if (typeof m2 === "string") throw new SecureShareError("E_HANDSHAKE", {});
    await this.beforeM2();
    this.#spent = true;
    await this.#send(m2);
    const secrets = this.handshake.finish(await this.#frame(FrameType.m3, signal));
    if (typeof secrets === "string") throw new SecureShareError("E_HANDSHAKE", {});
    return secrets;
  }

  async #frame(type: FrameClass, signal: AbortSignal): Promise<Uint8Array> {
    const left = this.#deadline - this.clock.now();
    const event = await within(this.clock, left, signal, (s) => this.room.next(s));
    if (event === undefined) throw this.#lost("timeout");
    if (event.kind === "closed") throw this.#lost(`relay-closed-${event.code}`);
    if (event.kind === "peer") throw this.#lost(`peer-${event.state}`);
    const got = classifyFrame(event.frame);
    if (got === type) return event.frame;
    const version = got === FrameType.abort && event.frame[2] === AbortReason.version;
    if (got === "version" || version) throw new SecureShareError("E_VERSION", {});
    throw this.#spent ? this.#lost("peer-aborted") : new SecureShareError("E_HANDSHAKE", {});
  }

  async #send(frame: Uint8Array): Promise<void> {
    await this.room.send(frame).catch(() => {
      throw this.#lost("connection-lost");
    });
  }

  /** After M2, silence is how a sender says no: one answer for every reason. */
  #lost(reason: Reason): SecureShareError {
    if (this.#spent) return new SecureShareError("E_CODE_WRONG", {});
    return new SecureShareError("E_INTERRUPTED", { reason });
  }
}
