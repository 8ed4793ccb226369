import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { appendFile, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { FrameType } from "../../../src/core/wire/frames";
import { buildCli } from "../../support/cli";
import type { FaultProxy } from "../../support/faults/faultProxy";
import { FULL } from "../../support/faults/faults";
import { Scene, SIDES } from "../../support/faults/scene";
import { makeTree } from "../../support/tree";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** From the network's return to the first content. Milliseconds. */
const PROMPT = 2_000;
/** Between two attempts at most, in the first quarter of an hour. Milliseconds. */
const WAIT = 1_000;

/** Does `what`, and settles with the next full record of content. Milliseconds until then. */
function untilContent(network: FaultProxy, what: () => void): Promise<number> {
  const began = performance.now();
  return new Promise((resolve) => {
    const stop = network.onFrame(({ direction, type, length, at }) => {
      if (direction !== "up" || type !== FrameType.record || length < 200_000) return;
      stop();
      resolve(at - began);
    });
    what();
  });
}

/** Bytes that a process has read, from disks and networks; 0 where Linux does not tell. */
async function bytesRead(pid: number | undefined): Promise<number> {
  const figures = await readFile(`/proc/${pid}/io`, "utf8").catch(() => "");
  return Number(/^rchar: (\d+)$/m.exec(figures)?.[1] ?? 0);
}

describe("resume: networks that go and come", function () {
  this.timeout(FULL ? 900_000 : 180_000);
  before(buildCli);
  let scene: Scene;
  beforeEach(async () => {
    scene = await Scene.open();
  });
  afterEach(() => scene.close());

  const away = FULL ? 600_000 : 4_000;
  it(`${away / 1000} s without network: content moves within 2 s of its return`, async () => {
    await makeTree(scene.path("from"), { big: { content: randomBytes(24 * MIB) } });
    const { sender, receiver } = scene.networks;
    receiver.bytesPerSecond = 12 * MIB;
    await scene.begin();
    await receiver.reaches("down", 8 * MIB);
    for (const side of SIDES) scene.networks[side].vanish();
    for (const side of SIDES) await scene.running[side]?.event("interrupted");
    await delay(away);
    const took = await untilContent(sender, () => {
      for (const side of SIDES) scene.networks[side].comeBack();
    });
    // The same without a wait: what this machine takes, beside all that runs here now.
    const usual = await untilContent(sender, () => {
      for (const side of SIDES) scene.networks[side].cut();
    });
    // After a quarter of an hour they would ask every 15 s; ten minutes are less.
    assert.ok(took < Math.max(PROMPT, WAIT + 3 * usual), `${took} ms, ${usual} without a wait`);
    await scene.completes();
  });

  const size = FULL ? 55 * GIB : 3 * GIB;
  const had = FULL ? 50 * GIB : 2 * GIB;
  it(`a partial file of ${had / GIB} GiB: content moves before that is checked`, async () => {
    await makeTree(scene.path("from"), { big: "" });
    await truncate(scene.path("from", "big"), size);
    const { sender, receiver } = scene.networks;
    receiver.bytesPerSecond = 40 * MIB;
    await scene.begin();
    await receiver.reaches("down", 4 * MIB);
    await scene.kill("receiver");
    await pretend(had);
    // The program is up and asks for the network before there is one.
    for (const side of SIDES) scene.networks[side].vanish();
    const resumed = scene.resume("receiver");
    await resumed.event("interrupted");
    await untilContent(sender, () => {
      for (const side of SIDES) scene.networks[side].comeBack();
    });
    const read = await bytesRead(resumed.child.pid);
    assert.ok(read < had / 4, `${read} bytes were read before`);
    assert.equal((await resumed.event("resumed")).bytes, had);
  });

  /** The receiver's partial file and its journal, as if so much had come: zeros, as is the file. */
  async function pretend(length: number): Promise<void> {
    const [id = ""] = await scene.kept("receiver");
    const log = scene.path("receiver", "state", "transfers", id, "progress.log");
    const items = [...(await readFile(log, "utf8")).matchAll(/"k":"open","item":(\d+)/g)];
    const entry = { k: "durable", item: Number(items.at(-1)?.[1]), offset: length };
    await appendFile(log, `${JSON.stringify(entry)}\n`);
    const staging = (await readdir(scene.path("to"))).find((name) => name.startsWith("."));
    const [name = ""] = await readdir(scene.path("to", staging ?? ""));
    await truncate(scene.path("to", staging ?? "", name), length);
  }

  it("a network that loses everything and says nothing", async () => {
    await scene.close();
    scene = await Scene.open({ relay: FULL ? [] : ["--ping-ms", "500", "--idle-ms", "4000"] });
    await makeTree(scene.path("from"), { big: { content: randomBytes(24 * MIB) } });
    const { receiver } = scene.networks;
    receiver.bytesPerSecond = 12 * MIB;
    await scene.begin();
    await receiver.reaches("down", 8 * MIB);
    // Only the relay notices, and drops the receiver; the sender learns it from the relay.
    receiver.stall();
    await scene.running.sender?.event("interrupted", undefined, FULL ? 90_000 : undefined);
    receiver.drop();
    receiver.flow();
    // The receiver's own connection is open, and nobody is at its other end.
    if (!FULL) receiver.cut();
    await scene.completes();
  });

  it("a slow and late network, cut again and again", async () => {
    await writeFile(scene.path("from", "big"), randomBytes(6 * MIB));
    for (const side of SIDES) scene.networks[side].delayMs = 15;
    await scene.begin();
    const { receiver, sender } = scene.networks;
    for (let n = 1; n <= (FULL ? 12 : 4); n++) {
      await receiver.reaches("down", n * MIB);
      (n % 2 === 0 ? sender : receiver).cut();
    }
    await scene.completes();
  });
});
