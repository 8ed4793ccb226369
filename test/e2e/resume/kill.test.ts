import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { buildCli } from "../../support/cli";
import { FULL, randomMoment } from "../../support/faults/faults";
import { Scene, SIDES, type SideName } from "../../support/faults/scene";
import { makeTree, type Tree } from "../../support/tree";

const ROUNDS = FULL ? 100 : 8;
const MIB = 1024 * 1024;
const BIG = (FULL ? 24 : 12) * MIB;
/** So that a transfer takes about two seconds, most of which are content. */
const SPEED = 14 * MIB;

function content(): Tree {
  const tree: Record<string, { content: Buffer } | null> = {
    "from/sub/big": { content: randomBytes(BIG) },
    "from/sub/empty": { content: Buffer.alloc(0) },
    "from/empty folder": null,
    "from/other": { content: randomBytes(5 * MIB + 1) },
  };
  for (let i = 0; i < 40; i++) tree[`from/many/${i}`] = { content: randomBytes(i * 997) };
  return tree;
}

describe("resume: killed at random moments", function () {
  this.timeout(ROUNDS * 30_000);
  before(buildCli);

  it(`${ROUNDS} times on either side, and every byte arrives once`, async () => {
    for (let round = 0; round < ROUNDS; ) {
      const scene = await Scene.open();
      try {
        await makeTree(scene.bench.root, content());
        for (const side of SIDES) scene.networks[side].bytesPerSecond = SPEED;
        await scene.begin();
        // Some transfers are killed once, some over and over.
        for (let kills = randomInt(1, 5); kills > 0 && round < ROUNDS; kills--, round++)
          await killed(scene, SIDES[randomInt(SIDES.length)] ?? "sender");
        await scene.completes();
      } finally {
        await scene.close();
      }
    }
  });

  async function killed(scene: Scene, side: SideName): Promise<void> {
    const { networks, running } = scene;
    const passed = networks.receiver.passed.down;
    const process = running[side];
    // Early, in the middle, late, or as soon as it has begun.
    const wanted = passed + randomInt(BIG / 2);
    await Promise.race([networks.receiver.reaches("down", wanted), process?.ended]);
    await randomMoment(30);
    if (process?.child.exitCode !== null) return;
    await scene.kill(side);
    await scene.nothingHalf();
    if (!(await scene.wasDone(side))) scene.resume(side);
  }

  it("while verification and offer are under way", async () => {
    const scene = await Scene.open();
    try {
      await makeTree(scene.bench.root, { "from/a": "one" });
      const sender = scene.start(
        "sender",
        ["send", "from", "--relay", scene.networks.sender.url],
        "open",
      );
      const { code } = await sender.event("code");
      const receive = ["receive", code, "--relay", scene.networks.receiver.url, "--out", "to"];
      const receiver = scene.start("receiver", receive, "open");
      const [asked] = await Promise.all([sender.event("verify"), receiver.event("verify")]);
      for (const side of SIDES) await scene.kill(side);
      // Nobody had confirmed: the same digits are asked for again, and nothing is offered.
      const again = SIDES.map((side) =>
        scene.start(side, ["resume", ...(side === "receiver" ? ["--out", "to"] : [])], "open"),
      );
      for (const one of again) {
        assert.equal((await one.event("verify")).code, asked.code);
        one.say({ answer: "verify", confirm: true });
      }
      const [, second] = again;
      await second?.event("offer");
      await scene.kill("receiver");
      const third = scene.start("receiver", ["resume", "--out", "to"], "open");
      await third.event("offer");
      assert.ok(!third.events.some(({ event }) => event === "verify"));
      third.say({ answer: "offer", accept: true });
      await scene.completes();
    } finally {
      await scene.close();
    }
  });

  it("between a file's publishing and its journal: there is no second copy", async () => {
    const scene = await Scene.open();
    try {
      for (let i = 0; i < 300; i++)
        await makeTree(scene.path("from"), { [`${i}`]: String(i).repeat(100 + i) });
      await writeFile(scene.path("from", "x"), randomBytes(MIB));
      await scene.begin();
      for (let round = 0; round < (FULL ? 20 : 3); round++) {
        const before = (await scene.hashes("to")).size;
        const patience = AbortSignal.timeout(60_000);
        while (
          !patience.aborted &&
          (await scene.hashes("to")).size === before &&
          scene.running.receiver?.child.exitCode === null
        )
          await randomMoment(1);
        await scene.kill("receiver");
        await scene.nothingHalf();
        if ((await scene.wasDone("receiver")) || scene.running.receiver?.child.exitCode === 0)
          break;
        scene.resume("receiver");
      }
      await scene.completes();
    } finally {
      await scene.close();
    }
  });
});
