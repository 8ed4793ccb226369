import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { FrameType } from "../../../src/core/wire/frames";
import { begunTogether } from "../../support/begunTogether";
import { buildCli, type CliProcess, failsWith } from "../../support/cli";
import type { PassingFrame } from "../../support/faults/faultProxy";
import { FULL } from "../../support/faults/faults";
import { Scene, SIDES, type SideName } from "../../support/faults/scene";
import { makeTree } from "../../support/tree";

const MIB = 1024 * 1024;
/** Content of 3 MiB and 100 bytes goes in these records, behind hello and offer. */
const CONTENT_RECORDS = 13;
const VICTIMS = ["sender", "receiver", "both", "relay"] as const;
type Victim = (typeof VICTIMS)[number];

/** A frame that is about to pass when the fault comes, and with it is lost. */
interface Phase {
  readonly name: string;
  readonly from: SideName;
  readonly type: FrameType;
  /** Which frame of that type and side, from 0; for R's results, by what S has sent. */
  readonly nth: number;
}

const record = (name: string, from: SideName, nth: number): Phase => {
  return { name, from, type: FrameType.record, nth };
};
const BEFORE_KEYS: readonly Phase[] = [
  { name: "HELLO", from: "receiver", type: FrameType.hello, nth: 0 },
  { name: "M1", from: "sender", type: FrameType.m1, nth: 0 },
  { name: "M2", from: "receiver", type: FrameType.m2, nth: 0 },
];
const AFTER_KEYS: readonly Phase[] = [
  record("R's first record", "receiver", 0),
  record("S's first record", "sender", 0),
  record("the offer", "sender", 1),
  record("R's answer", "receiver", 1),
  record("the first content", "sender", 2),
  record("content half-way", "sender", 2 + Math.floor(CONTENT_RECORDS / 2)),
  record("the last content", "sender", 1 + CONTENT_RECORDS),
];
/** After it S is gone, and R tries for 20 s to be heard. */
const LAST_WORD = record("S's last word", "sender", 2 + CONTENT_RECORDS);

/** All of them in full; else one victim a phase, each in its turn. */
function victimsOf(phase: number): readonly Victim[] {
  return FULL ? VICTIMS : VICTIMS.filter((_, index) => index === phase % VICTIMS.length);
}

describe("resume: cut at every phase", function () {
  this.timeout(180_000);
  before(buildCli);
  let scene: Scene;
  beforeEach(async () => {
    scene = await prepared();
  });
  afterEach(() => scene.close());

  async function prepared(): Promise<Scene> {
    const opened = await Scene.open();
    await makeTree(opened.bench.root, {
      "from/big": { content: randomBytes(3 * MIB) },
      "from/small": { content: randomBytes(100) },
    });
    return opened;
  }

  /** Settles once the fault has come. */
  function at({ from, type, nth }: Phase, victim: Victim, scene: Scene): Promise<void> {
    return new Promise((resolve, reject) => {
      let seen = 0;
      const listen = scene.networks[from].onFrame((frame: PassingFrame) => {
        if (frame.direction !== "up" || frame.type !== type || seen++ !== nth) return;
        listen();
        // At once, before this frame goes on.
        if (victim === "sender" || victim === "both") scene.networks.sender.cut();
        if (victim === "receiver" || victim === "both") scene.networks.receiver.cut();
        const relay = victim === "relay" ? scene.killRelay() : Promise.resolve();
        relay
          .then(() => (victim === "relay" ? scene.restartRelay() : undefined))
          .then(resolve, reject);
      });
    });
  }

  /** A user who tries again when it did not work, as often as a code may be tried. */
  async function receiveUntilDone(code: string): Promise<CliProcess> {
    for (let tries = 0; ; tries++) {
      const receiver = scene.receive(code);
      if ((await receiver.ended).exitCode === 0 || tries === 2) return receiver;
    }
  }

  for (const [index, phase] of BEFORE_KEYS.entries())
    for (const victim of victimsOf(index))
      it(`${phase.name}, ${victim}: the code stays good, and the receiver can try again`, async () => {
        const sender = scene.send();
        const { code } = await sender.event("code");
        const fault = at(phase, victim, scene);
        await receiveUntilDone(code);
        await fault;
        await scene.completes();
      });

  // From the first valid tag on the code is spent (docs/PROTOCOL.md, "Handshake"): without M3
  // the receiver holds no secret to come back with, so a new code is needed.
  it("M3, receiver: the code is spent, nothing was shown or written, and both users learn it", async () => {
    const m3: Phase = { name: "M3", from: "sender", type: FrameType.m3, nth: 0 };
    const fault = at(m3, "receiver", scene);
    const sender = scene.send();
    const { code } = await sender.event("code");
    const receiver = scene.receive(code);
    await fault;
    failsWith(await receiver.ended, "E_CODE_WRONG");
    failsWith(await scene.receive(code).ended, "E_CODE_UNKNOWN");
    assert.equal((await sender.event("interrupted")).resumable, false);
    assert.ok(!sender.events.some(({ event }) => event === "verify"));
    assert.deepEqual(await scene.kept("receiver"), []);
    assert.deepEqual([...(await scene.hashes("to"))], []);
  });

  const GOES_ON = "it goes on by itself, with one code and one question";
  async function goesOn(phase: Phase, victim: Victim, scene: Scene): Promise<void> {
    const fault = at(phase, victim, scene);
    await scene.begin();
    await fault;
    await scene.completes();
    for (const side of SIDES) {
      const asked = scene.running[side]?.events.filter(({ event }) => event === "verify");
      assert.equal(asked?.length, 1, side);
    }
  }

  for (const [index, phase] of AFTER_KEYS.entries())
    for (const victim of victimsOf(index))
      it(`${phase.name}, ${victim}: ${GOES_ON}`, () => goesOn(phase, victim, scene));

  const unheard = victimsOf(AFTER_KEYS.length).map((victim) => {
    const run = async () => {
      const own = await prepared();
      await goesOn(LAST_WORD, victim, own).finally(() => own.close());
    };
    return [`${LAST_WORD.name}, ${victim}: ${GOES_ON}`, run] as const;
  });
  begunTogether(Object.fromEntries(unheard));

  it("R's results, receiver: it goes on by itself", async () => {
    let content = 0;
    scene.networks.sender.onFrame(({ direction, type }) => {
      if (direction === "up" && type === FrameType.record) content++;
    });
    let cut = false;
    scene.networks.receiver.onFrame(({ direction, type }) => {
      // The first word of R after all content has gone out: its results, or its last credit.
      if (cut || direction !== "up" || type !== FrameType.record || content < 2 + CONTENT_RECORDS)
        return;
      cut = true;
      scene.networks.receiver.cut();
    });
    await scene.begin();
    await scene.completes();
    assert.ok(cut);
  });

  for (const who of SIDES)
    it(`CANCEL, ${who}: it is said again in a new connection, and both end`, async () => {
      // Each side's first record is its policy; nothing else is said before the digits are compared.
      const fault = at(record("CANCEL", who, 1), who, scene);
      const relay = (side: SideName) => ["--relay", scene.networks[side].url];
      const sender = scene.start("sender", ["send", "from", ...relay("sender")], "open");
      const { code } = await sender.event("code");
      const args = ["receive", code, "--out", "to", ...relay("receiver")];
      const receiver = scene.start("receiver", args, "open");
      const sides = { sender, receiver };
      await Promise.all([sender.event("verify"), receiver.event("verify")]);
      sides[who].child.stdin?.end();
      await fault;
      for (const side of SIDES) {
        failsWith(await sides[side].ended, "E_CANCELLED");
        const { message } = await sides[side].event("error");
        assert.equal(/on the other side/.test(message), side !== who, message);
        assert.deepEqual(await scene.kept(side), []);
      }
    });
});
