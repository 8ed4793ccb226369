import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { open, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { SEGMENT } from "../../../src/core/session/recheck";
import { buildCli } from "../../support/cli";
import { FULL, randomMoment } from "../../support/faults/faults";
import { Scene, SIDES } from "../../support/faults/scene";
import { makeTree } from "../../support/tree";

const MIB = 1024 * 1024;
const SIZE = (FULL ? 512 : 160) * MIB;
/**
 * What may be under way without having been asked for again: the window that has grown by
 * then (docs/PROTOCOL.md, "Credit"). Half of what a transfer from the start would send.
 */
const CREDIT = 64 * MIB;
/** What a sender that has ended had pushed into the kernel, where nobody has counted it yet. */
const LEFT_BEHIND = SEGMENT / 2;
/** Handshakes, the offer, padding (at most 3 %) and what records and frames add. */
const OVERHEAD = SIZE * 0.04 + MIB;
/** Slow enough to act in the middle. */
const SPEED = SIZE / (FULL ? 3 : 1.5);

describe("resume: what is sent again", function () {
  this.timeout(FULL ? 300_000 : 180_000);
  before(buildCli);
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open();
    await makeTree(scene.path("from"), { big: { content: randomBytes(SIZE) } });
    scene.networks.receiver.bytesPerSecond = SPEED;
  });
  afterEach(() => scene.close());

  for (const side of [...SIDES, "both"] as const)
    it(`after a cut of ${side} at 80 %: no more than what was under way`, async () => {
      const { receiver, sender } = scene.networks;
      await scene.begin();
      await receiver.reaches("down", SIZE * 0.8);
      if (side !== "receiver") sender.cut();
      if (side !== "sender") receiver.cut();
      receiver.bytesPerSecond = 0;
      await scene.completes();
      const more = sender.passed.up - SIZE;
      assert.ok(more < CREDIT + OVERHEAD, `${more} bytes more than the file has`);
    });

  /** Settles once the receiver's journal says that so much is on its disk, however slow that is. */
  async function durable(bytes: number): Promise<void> {
    const [id = ""] = await scene.kept("receiver");
    const log = scene.path("receiver", "state", "transfers", id, "progress.log");
    for (let noted = 0; noted < bytes; await randomMoment(20)) {
      const found = [...(await readFile(log, "utf8")).matchAll(/"k":"durable".*"offset":(\d+)/g)];
      noted = Number(found.at(-1)?.[1] ?? 0);
    }
  }

  /** Kills the receiver in the middle; its partial file, and how much of it counts. */
  async function partialFile(): Promise<{ path: string; length: number }> {
    const { receiver } = scene.networks;
    await scene.begin();
    await receiver.reaches("down", SIZE * 0.8);
    // Little more comes until enough of it counts.
    receiver.bytesPerSecond = MIB;
    await durable(3 * SEGMENT);
    await scene.kill("receiver");
    // Until it hears of that the sender may push as much as it has credit for.
    await scene.running.sender?.event("interrupted");
    receiver.bytesPerSecond = 0;
    const staging = (await readdir(scene.path("to"))).find((name) => name.startsWith("."));
    assert.ok(staging !== undefined);
    const [name] = await readdir(scene.path("to", staging));
    assert.ok(name !== undefined);
    const path = scene.path("to", staging, name);
    return { path, length: (await stat(path)).size };
  }

  it("after the receiver was killed: what was not on disk yet, and nothing that was", async () => {
    const { length } = await partialFile();
    const before = scene.networks.sender.passed.up;
    const resumed = await scene.resume("receiver").event("resumed");
    await scene.completes();
    assert.ok(resumed.bytes > 0 && resumed.bytes <= length, `${resumed.bytes} of ${length}`);
    const again = scene.networks.sender.passed.up - before;
    const missing = SIZE - resumed.bytes;
    assert.ok(again < missing + CREDIT + OVERHEAD, `${again} bytes where ${missing} were missing`);
  });

  it("a flipped byte in the partial file is found, and only its segment is sent again", async () => {
    const { path } = await partialFile();
    const file = await open(path, "r+");
    const at = SEGMENT + 4711;
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    await file.write(Buffer.from([(byte[0] ?? 0) ^ 0x20]), 0, 1, at);
    await file.close();
    const before = scene.networks.sender.passed.up;
    const resumed = await scene.resume("receiver").event("resumed");
    assert.ok(resumed.bytes > at + SEGMENT, "the byte is in what is not sent again");
    await scene.completes();
    const again = scene.networks.sender.passed.up - before;
    const rest = SIZE - resumed.bytes;
    assert.ok(again > rest + SEGMENT, "its segment is sent again");
    const most = rest + SEGMENT + OVERHEAD + LEFT_BEHIND;
    assert.ok(again < most, `${again} bytes for ${rest} and one segment`);
  });

  it("a file that is not the same any more begins anew when both users want it", async () => {
    await partialFile();
    await scene.kill("sender");
    await writeFile(scene.path("from", "big"), randomBytes(SIZE / 2));
    const sides = SIDES.map((side) => scene.start(side, ["resume", "--out", "to"], "open"));
    for (const resumed of sides) {
      const { bytes, formerBytes } = await resumed.event("changed");
      assert.deepEqual([bytes, formerBytes], [SIZE / 2, SIZE]);
      resumed.say({ answer: "changed", again: true });
    }
    await scene.completes();
  });

  it("a file that is not the sender's any more is given up, and nothing of it stands there", async () => {
    await partialFile();
    await scene.kill("sender");
    await writeFile(scene.path("from", "big"), randomBytes(SIZE));
    for (const side of SIDES) scene.resume(side);
    for (const side of SIDES) {
      const ended = await scene.running[side]?.ended;
      assert.equal(ended?.exitCode, 9, ended?.stdout);
    }
    assert.equal((await scene.running.sender?.event("error"))?.code, "E_SOURCE_CHANGED");
    assert.deepEqual([...(await scene.hashes("to"))], []);
  });
});
