import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lockHolder, takeLock } from "../../../../src/node/state/lock";
import { bundleProgram, type Program, startProgram } from "../processes";
import { inFolder } from "../support";

/** Runs `task` with programs that take locks, and ends these. */
async function withTakers(
  count: number,
  task: (folder: string, takers: readonly Program[]) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const bundle = await bundleProgram(folder, "lockTaker");
    const takers = Array.from({ length: count }, () => startProgram(bundle));
    try {
      await task(folder, takers);
    } finally {
      await Promise.all(takers.map((taker) => taker.kill()));
    }
  });
}

/** What `path` says, changed: as another process would have written it. */
function rewrite(path: string, change: object): void {
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...change }));
}

describe("lock", () => {
  it("has one owner, also inside one process, and is free after its release", () =>
    inFolder(async (folder) => {
      const path = join(folder, "owner");
      const tries = await Promise.all(Array.from({ length: 8 }, () => takeLock(path)));
      const [lock, ...others] = tries.filter((each) => each !== undefined);
      assert.ok(lock !== undefined && others.length === 0);
      assert.equal(await lockHolder(path), "here");
      await lock.release();
      assert.equal(await lockHolder(path), undefined);
      assert.deepEqual(readdirSync(folder), []);
      const next = await takeLock(path);
      await lock.release();
      assert.equal(await takeLock(path), undefined);
      await next?.release();
    }));

  it("is kept by a running process and taken over from one that was killed", () =>
    withTakers(1, async (folder, [taker]) => {
      const path = join(folder, "owner");
      taker?.tell(path);
      assert.equal(await taker?.line(), "won");
      assert.equal(await takeLock(path), undefined);
      assert.equal(await lockHolder(path), "elsewhere");
      await taker?.kill();
      assert.equal(await lockHolder(path), undefined);
      await (await takeLock(path))?.release();
      assert.equal(await lockHolder(path), undefined);
    }));

  it("is stale after a reboot, for another process with its number, and when it is torn", function () {
    if (process.platform !== "linux") this.skip();
    return inFolder(async (folder) => {
      const path = join(folder, "owner");
      const stale = [{ boot: "another" }, { start: "1" }, { pid: 2 ** 22 + 1 }, { pid: -1 }];
      for (const change of stale) {
        const lock = await takeLock(path);
        rewrite(path, change);
        assert.equal(await lockHolder(path), undefined, JSON.stringify(change));
        const taken = await takeLock(path);
        assert.ok(taken !== undefined, JSON.stringify(change));
        // Its former owner gives back nothing that is not its own.
        await lock?.release();
        assert.equal(await lockHolder(path), "here");
        await taken.release();
      }
      for (const torn of ["", "{", "null", "x".repeat(1000)]) {
        writeFileSync(path, torn);
        const taken = await takeLock(path);
        assert.ok(taken !== undefined, torn);
        await taken.release();
      }
    });
  });

  it("does not look at the wall clock", () =>
    inFolder(async (folder) => {
      const path = join(folder, "owner");
      const lock = await takeLock(path);
      const now = Date.now;
      try {
        for (const days of [-1, 1]) {
          Date.now = () => now() + days * 24 * 60 * 60 * 1000;
          assert.equal(await takeLock(path), undefined);
          assert.equal(await lockHolder(path), "here");
        }
      } finally {
        Date.now = now;
      }
      await lock?.release();
    }));

  it("goes to one of the processes that contend for it, stale, torn or free", () =>
    withTakers(4, async (folder, takers) => {
      const dead = join(folder, "dead");
      await takeLock(dead);
      rewrite(dead, { boot: "another" });
      for (let round = 0; round < 60; round++) {
        const path = join(folder, `owner-${round}`);
        if (round % 3 === 0) writeFileSync(path, `${readFileSync(dead, "utf8")} `);
        if (round % 3 === 1) writeFileSync(path, "torn");
        for (const taker of takers) taker.tell(path);
        const said = await Promise.all(takers.map((taker) => taker.line()));
        assert.deepEqual(said.sort(), ["lost", "lost", "lost", "won"], `round ${round}`);
      }
    }));
});
