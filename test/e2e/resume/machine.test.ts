import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { begunTogether } from "../../support/begunTogether";
import { buildCli } from "../../support/cli";
import { FULL, fakeTimeLibrary, forgetFakeTime, sleepFor } from "../../support/faults/faults";
import { Scene, SIDES, type SideName } from "../../support/faults/scene";
import { makeTree } from "../../support/tree";

const MIB = 1024 * 1024;
const SIZE = 24 * MIB;
const DAY = 86_400_000;

describe("resume: what happens to machines", function () {
  this.timeout(FULL ? 600_000 : 180_000);
  before(buildCli);
  let scene: Scene | undefined;
  afterEach(() => scene?.close());

  type Options = NonNullable<Parameters<typeof Scene.open>[0]>;
  /** A transfer of some seconds. */
  async function transfer(options: Options): Promise<Scene> {
    const opened = await Scene.open(options);
    await makeTree(opened.path("from"), { big: { content: randomBytes(SIZE) }, small: "small" });
    opened.networks.receiver.bytesPerSecond = SIZE / 2;
    return opened;
  }
  /** The same, for one test alone. */
  async function prepared(options: Options = {}): Promise<Scene> {
    scene = await transfer(options);
    return scene;
  }
  const halfWay = ({ networks }: Scene) => networks.receiver.reaches("down", SIZE / 2);

  it("a reboot: every process killed, the folders in memory emptied", async () => {
    const one = await prepared();
    await one.begin();
    await halfWay(one);
    await one.reboot();
    await one.nothingHalf();
    await one.restartRelay();
    for (const side of SIDES) one.resume(side);
    await one.completes();
    for (const side of SIDES)
      assert.ok(!one.running[side]?.events.some(({ event }) => event === "verify"));
  });

  it("a relay that is killed, and another one at its address", async () => {
    const one = await prepared();
    await one.begin();
    await halfWay(one);
    await one.killRelay();
    for (const side of SIDES) {
      const told = await one.running[side]?.event("interrupted");
      assert.equal(told?.resumable, true);
    }
    await one.restartRelay();
    await one.completes();
  });

  const asleep = FULL ? 90_000 : 6_000;
  // In the short form the relay loses patience sooner, but not with who is merely slow.
  const relay = FULL ? [] : ["--ping-ms", "500", "--idle-ms", "4000"];
  async function sleeps(who: SideName | "relay", one: Scene): Promise<void> {
    await one.begin();
    await halfWay(one);
    const sleeper = who === "relay" ? one.relay : one.running[who];
    assert.ok(sleeper !== undefined);
    await sleepFor(sleeper.child, asleep);
    await one.completes();
  }
  const sleepers = ([...SIDES, "relay"] as const).map((who) => {
    const run = async () => {
      const one = await transfer({ relay });
      await sleeps(who, one).finally(() => one.close());
    };
    return [`${asleep / 1000} s of sleep of the ${who}, in the middle`, run] as const;
  });
  begunTogether(Object.fromEntries(sleepers));

  it("sleep of a sender that waits with its code: the code stays good", async () => {
    const one = await prepared({ relay });
    const sender = one.send();
    const { code } = await sender.event("code");
    await sleepFor(sender.child, asleep);
    // It notices by its next look at the network, and takes its room again.
    let receiver = one.receive(code);
    for (let tries = 0; tries < 50 && (await receiver.ended).exitCode === 4; tries++)
      receiver = one.receive(code);
    await one.completes();
  });

  it("the clock set back a day, while it runs and before it is resumed", async function () {
    const library = fakeTimeLibrary();
    // Debian's package faketime.
    if (library === undefined) return this.skip();
    scene = await Scene.open();
    const clock = scene.path("clock");
    await scene.close();
    await mkdir(scene.path(), { recursive: true });
    await writeFile(clock, "+0");
    const env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: "1",
      // As in a computer: only the wall clock can be set.
      DONT_FAKE_MONOTONIC: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
    const one = await prepared({ env: { sender: env, receiver: env } });
    await one.begin();
    await one.networks.receiver.reaches("down", SIZE / 4);
    await writeFile(clock, "-1d");
    one.networks.receiver.cut();
    await one.networks.receiver.reaches("down", SIZE / 2);
    const kill = async (side: SideName) => {
      const pid = one.running[side]?.child.pid;
      await one.kill(side);
      if (pid !== undefined) await forgetFakeTime(pid);
    };
    for (const side of SIDES) await kill(side);
    for (const side of SIDES) one.resume(side);
    await one.completes();
    const { expiresAt } = await one.send().event("code");
    const ahead = Date.now() - Date.parse(expiresAt);
    assert.ok(ahead > DAY / 2, "the clock was set back");
    await kill("sender");
    await rm(clock);
  });

  it("a full disk half-way: room is made, and it goes on", async function () {
    const one = await prepared();
    const disk = one.path("to");
    await mkdir(disk);
    const mount = ["-t", "tmpfs", "-o", `size=${SIZE + 4 * MIB}`, "tmpfs", disk];
    // Mounting needs a right that not every user has.
    if (spawnSync("mount", mount, { stdio: "ignore" }).status !== 0) return this.skip();
    try {
      const { receiver } = await one.begin();
      await one.networks.receiver.reaches("down", SIZE / 4);
      // All cannot come before the disk is full.
      one.networks.receiver.stall();
      await writeFile(`${disk}/other`, new Uint8Array(SIZE)).catch(() => {});
      one.networks.receiver.flow();
      assert.equal((await receiver.ended).exitCode, 9);
      const told = await receiver.event("interrupted", ({ id }) => id !== undefined);
      assert.ok(told.resumable);
      await one.nothingHalf();
      // Before there is room, it says so again and loses nothing.
      assert.equal((await one.resume("receiver").ended).exitCode, 9);
      await rm(`${disk}/other`);
      const resumed = one.resume("receiver");
      assert.ok((await resumed.event("resumed")).bytes > 0);
      await one.completes();
    } finally {
      spawnSync("umount", ["--lazy", disk]);
    }
  });
});
