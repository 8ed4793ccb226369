import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { base64url } from "../../../src/core/crypto/bytes";
import {
  type Credentials,
  codeCredentials,
  ReceiverHandshake,
  SenderHandshake,
} from "../../../src/core/session/handshake";
import { openSecrets } from "../../../src/core/session/memory";
import { Room } from "../../../src/core/session/room";
import { parseCode } from "../../../src/core/wire/code";
import { FrameType } from "../../../src/core/wire/frames";
import type { Role } from "../../../src/core/wire/rooms";
import { nodePorts } from "../../../src/node/ports";
import { openTransfer } from "../../../src/node/state/transfers";
import { wrappingKeyFile } from "../../../src/node/state/wrappingKey";
import { buildCli } from "../../support/cli";
import type { PassingFrame } from "../../support/faults/faultProxy";
import { Scene, type SideName } from "../../support/faults/scene";
import { makeTree } from "../../support/tree";

const MIB = 1024 * 1024;
const SIZE = 12 * MIB;
/** Longer than a side takes to judge a handshake. Milliseconds. */
const VERDICT = 2_000;
/** For what must come, on a busy machine. Milliseconds. */
const PATIENCE = 30_000;

/** What passed in the clear when the transfer began, and the code that was read out. */
interface Knowledge {
  readonly code: string;
  readonly frames: readonly PassingFrame[];
  /** The resume room: its name stands in the request. */
  readonly room: string;
}

describe("resume: somebody who saw all traffic and holds the code, but not the secret", function () {
  this.timeout(180_000);
  before(buildCli);
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open();
    await makeTree(scene.path("from"), { big: { content: randomBytes(SIZE) } });
    scene.networks.receiver.bytesPerSecond = SIZE / 2;
  });
  afterEach(() => scene.close());

  /** One side is killed half-way; the other one waits for it, and the attacker knows where. */
  async function half(killed: SideName): Promise<Knowledge> {
    const frames: PassingFrame[] = [];
    const { sender, receiver } = scene.networks;
    for (const network of [sender, receiver])
      network.onFrame((frame) => frame.direction === "up" && frames.push(frame));
    await scene.begin();
    await receiver.reaches("down", SIZE / 2);
    await scene.kill(killed);
    const waiting = killed === "sender" ? "receiver" : "sender";
    await scene.running[waiting]?.event("interrupted");
    const room = () => /rooms\/([0-9a-f]{32})\?/.exec(scene.networks[waiting].requests.join())?.[1];
    while (room() === undefined) await new Promise((resolve) => setImmediate(resolve));
    return { code: scene.code, frames, room: room() ?? "" };
  }

  async function join({ room }: Knowledge, role: Role): Promise<Room> {
    const { dialer } = nodePorts();
    const url = `ws://127.0.0.1:${scene.relayPort}`;
    return Room.join(
      dialer,
      url,
      room,
      role,
      base64url(randomBytes(16)),
      new AbortController().signal,
    );
  }
  /** The victim's next frame of this type; `undefined` when it ends the meeting or says nothing. */
  async function answer(
    room: Room,
    type: FrameType,
    patience = VERDICT,
  ): Promise<Uint8Array | undefined> {
    for (;;) {
      const event = await room.next(AbortSignal.timeout(patience)).catch(() => undefined);
      if (event === undefined || event.kind === "closed") return undefined;
      if (event.kind === "frame") return event.frame[0] === type ? event.frame : undefined;
    }
  }
  const recorded = ({ frames }: Knowledge, type: FrameType): Buffer => {
    const bytes = frames.find((frame) => frame.type === type)?.bytes;
    assert.ok(bytes !== undefined);
    return bytes;
  };
  /** Mode 1 in the right room, with the only secret that the attacker has. */
  function guess({ code, room }: Knowledge): Credentials {
    const { secret } = parseCode(code);
    const { prs } = codeCredentials("00000", secret);
    return { mode: 1, locator: Buffer.from(room, "hex"), prs };
  }

  it("cannot take the receiver's place, with the code or by replay", async () => {
    const known = await half("receiver");
    const byCode = await join(known, "receiver");
    const handshake = new ReceiverHandshake(guess(known), nodePorts().random);
    await byCode.send(handshake.hello);
    const m1 = await answer(byCode, FrameType.m1, PATIENCE);
    assert.ok(m1 !== undefined, "the sender answers whoever comes to its room");
    const m2 = handshake.answer(m1);
    assert.ok(m2 instanceof Uint8Array);
    await byCode.send(m2);
    assert.equal(await answer(byCode, FrameType.m3), undefined);
    byCode.close();

    const byReplay = await join(known, "receiver");
    await byReplay.send(recorded(known, FrameType.hello));
    await answer(byReplay, FrameType.m1);
    await byReplay.send(recorded(known, FrameType.m2)).catch(() => {});
    assert.equal(await answer(byReplay, FrameType.m3), undefined);
    byReplay.close();

    // It burned nothing.
    scene.networks.receiver.bytesPerSecond = 0;
    scene.resume("receiver");
    await scene.completes();
  });

  it("cannot take the sender's place", async () => {
    const known = await half("sender");
    const byCode = await join(known, "sender");
    const hello = await answer(byCode, FrameType.hello, PATIENCE);
    assert.ok(hello !== undefined);
    const handshake = SenderHandshake.start(hello, guess(known), nodePorts().random);
    assert.ok(handshake instanceof SenderHandshake);
    await byCode.send(handshake.m1);
    const m2 = await answer(byCode, FrameType.m2, PATIENCE);
    assert.ok(m2 !== undefined);
    assert.equal(handshake.finish(m2), "wrong-tag");
    // M3 of the first meeting, whose tag was right once.
    await byCode.send(recorded(known, FrameType.m3)).catch(() => {});
    assert.equal(await answer(byCode, FrameType.record), undefined);
    byCode.close();
    scene.networks.receiver.bytesPerSecond = 0;
    scene.resume("sender");
    await scene.completes();
  });

  it("could, with the secret: so these are attacks, and even then the owner is not locked out", async () => {
    const known = await half("receiver");
    const room = await join(known, "receiver");
    const prs = await stolenSecret();
    const credentials = { ...guess(known), prs };
    const handshake = new ReceiverHandshake(credentials, nodePorts().random);
    await room.send(handshake.hello);
    const m1 = await answer(room, FrameType.m1, PATIENCE);
    const m2 = m1 && handshake.answer(m1);
    assert.ok(m2 instanceof Uint8Array);
    await room.send(m2);
    const m3 = await answer(room, FrameType.m3, PATIENCE);
    assert.ok(m3 !== undefined && typeof handshake.finish(m3) === "object");
    room.close();
    scene.networks.receiver.bytesPerSecond = 0;
    scene.resume("receiver");
    await scene.completes();
  });

  /** From the killed receiver's disk, with the key that lies beside it. */
  async function stolenSecret(): Promise<Uint8Array> {
    const state = scene.path("receiver", "state");
    const [id = ""] = await scene.kept("receiver");
    const opened = await openTransfer(state, id, await wrappingKeyFile(state));
    assert.ok(opened.kind === "opened");
    try {
      const { transfer } = opened;
      const secrets = await openSecrets(transfer, transfer.document?.sealed ?? "");
      assert.ok(secrets?.psks[0] !== undefined);
      return secrets.psks[0];
    } finally {
      await opened.transfer.close();
    }
  }
});
