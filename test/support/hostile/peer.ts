import { base64url, hex } from "../../../src/core/crypto/bytes";
import { rendezvous, type SessionSecrets } from "../../../src/core/crypto/schedule";
import type { Dialer } from "../../../src/core/ports";
import { Channel } from "../../../src/core/session/channel";
import {
  type Credentials,
  codeCredentials,
  ReceiverHandshake,
  SenderHandshake,
} from "../../../src/core/session/handshake";
import { type Frame, Kind, RecordBuilder, readFrames } from "../../../src/core/session/plaintext";
import { Room } from "../../../src/core/session/room";
import type { SessionCode } from "../../../src/core/wire/code";
import type { Role } from "../../../src/core/wire/rooms";
import { createAead } from "../../../src/node/aead";
import { RELAY, random } from "../memory/session";

/** Where peers meet: a relay in memory, or one behind real sockets. */
export interface Place {
  readonly relay: Dialer;
  readonly url?: string;
}

async function frameOf(room: Room): Promise<Uint8Array> {
  for (;;) {
    const event = await room.next();
    if (event.kind === "frame") return event.frame;
    if (event.kind === "closed") throw new Error(`closed ${event.code}`);
  }
}

/** A peer that speaks the real protocol up to the keys, and then whatever it wants. */
export class HostilePeer {
  readonly #buffer = new Uint8Array(262_144);

  readonly channel: Channel;
  readonly digits: string;
  /** For a resume. */
  readonly psk: Uint8Array;

  private constructor(room: Room, role: Role, secrets: SessionSecrets) {
    this.digits = secrets.digits;
    this.psk = secrets.psk.slice();
    this.channel = new Channel(room, role, createAead(), secrets);
  }

  private static async join(at: Place, code: SessionCode, role: Role): Promise<Room> {
    const claim = base64url(random.bytes(16));
    return Room.join(
      at.relay,
      at.url ?? RELAY,
      code.room,
      role,
      claim,
      new AbortController().signal,
    );
  }

  /** Waits in the room as its sender until a receiver has proved the code. */
  static async sender(at: Place, code: SessionCode): Promise<HostilePeer> {
    const room = await HostilePeer.join(at, code, "sender");
    const credentials = codeCredentials(code.room, code.secret);
    const handshake = SenderHandshake.start(await frameOf(room), credentials, random);
    if (typeof handshake === "string") throw new Error(handshake);
    await room.send(handshake.m1);
    const finished = handshake.finish(await frameOf(room));
    if (typeof finished === "string") throw new Error(finished);
    await room.send(finished.m3);
    return new HostilePeer(room, "sender", finished.secrets);
  }

  static async receiver(at: Place, code: SessionCode): Promise<HostilePeer> {
    const room = await HostilePeer.join(at, code, "receiver");
    return HostilePeer.#receive(room, codeCredentials(code.room, code.secret));
  }

  /** Comes back as a receiver, by the resume secret of an earlier epoch. */
  static async again(at: Place, psk: Uint8Array): Promise<HostilePeer> {
    const { rid, receiverClaim } = rendezvous(psk);
    const [never, claim] = [new AbortController().signal, base64url(receiverClaim)];
    const room = await Room.join(at.relay, at.url ?? RELAY, hex(rid), "receiver", claim, never);
    return HostilePeer.#receive(room, { mode: 1, locator: rid, prs: psk });
  }

  static async #receive(room: Room, credentials: Credentials): Promise<HostilePeer> {
    for (let paired = false; !paired; ) {
      const event = await room.next();
      paired = event.kind === "peer" && event.state === "joined";
    }
    const handshake = new ReceiverHandshake(credentials, random);
    await room.send(handshake.hello);
    const m2 = handshake.answer(await frameOf(room));
    if (typeof m2 === "string") throw new Error(m2);
    await room.send(m2);
    const secrets = handshake.finish(await frameOf(room));
    if (typeof secrets === "string") throw new Error(secrets);
    return new HostilePeer(room, "receiver", secrets);
  }

  /** Sends a CONTROL body as it is. */
  control(json: unknown): Promise<void> {
    return this.frame(
      Kind.control,
      Buffer.from(typeof json === "string" ? json : JSON.stringify(json)),
    );
  }

  frame(kind: number, body: Uint8Array): Promise<void> {
    const builder = new RecordBuilder(new Uint8Array(Math.max(1024, body.length + 4)));
    builder.write(kind as Kind, body);
    return this.channel.send(builder.padTo(Math.max(1024, body.length + 4)));
  }

  raw(plaintext: Uint8Array): Promise<void> {
    return this.channel.send(plaintext);
  }

  /** The frames of the next record. */
  async next(): Promise<Frame[]> {
    return readFrames(await this.channel.receive(this.#buffer)) ?? [];
  }

  /** Reads until a CONTROL of this type comes. */
  async until(type: string): Promise<void> {
    for (;;) {
      for (const frame of await this.next())
        if (frame.kind === "control" && Buffer.from(frame.json).includes(`"t":"${type}"`)) return;
    }
  }
}

/** A DATA or REPAIR body. */
export function dataBody(item: number, offset: bigint, bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32BE(item, 0);
  head.writeBigUInt64BE(offset, 4);
  return Buffer.concat([head, bytes]);
}

/** An ITEM_END body. */
export function endBody(item: number, size: bigint, sha256: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32BE(item, 0);
  head.writeBigUInt64BE(size, 4);
  return Buffer.concat([head, sha256]);
}
