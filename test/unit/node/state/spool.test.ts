import assert from "node:assert/strict";
import { existsSync, readdirSync, readlinkSync, statSync } from "node:fs";
import fc from "fast-check";
import { createSpool } from "../../../../src/node/state/spool";
import { inFolder } from "../support";

/** Descriptors of this process that lead into a folder, also to files without a name. */
function openIn(folder: string): string[] {
  return readdirSync("/proc/self/fd")
    .map((fd) => `/proc/self/fd/${fd}`)
    .filter((link) => existsSync(link) && readlinkSync(link).startsWith(folder));
}

describe("spool", () => {
  it("gives back what was put in, in memory and on disk", () =>
    inFolder((folder) =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 30 }),
          fc.nat(),
          fc.nat(),
          async (pieces, a, b) => {
            const all = Buffer.concat(pieces);
            const spool = createSpool(folder, 64);
            for (const piece of pieces) await spool.append(piece);
            const from = a % (all.length + 1);
            const length = b % (all.length - from + 1);
            assert.deepEqual(
              Buffer.from(await spool.read(from, length)),
              all.subarray(from, from + length),
            );
            await assert.rejects(spool.read(from, all.length - from + 1));
            await spool.dispose();
          },
        ),
        { numRuns: 60 },
      ),
    ));

  it("touches no disk while it is small", () =>
    inFolder(async (folder) => {
      const spool = createSpool(`${folder}/missing`);
      await spool.append(new Uint8Array(4 * 1024 * 1024));
      assert.equal((await spool.read(1, 2)).length, 2);
      await assert.rejects(spool.append(new Uint8Array(1)), { code: "E_DISK" });
      await spool.dispose();
    }));

  it("leaves nothing on disk, even while it is open", function () {
    if (process.platform !== "linux") this.skip();
    return inFolder(async (folder) => {
      const spool = createSpool(folder, 16);
      await spool.append(new Uint8Array(100).fill(7));
      assert.deepEqual(readdirSync(folder), []);
      const [link] = openIn(folder);
      assert.ok(link !== undefined);
      assert.equal(statSync(link).mode & 0o777, 0o600);
      await spool.dispose();
      assert.deepEqual(openIn(folder), []);
      await spool.dispose();
      await assert.rejects(spool.append(new Uint8Array(1)));
    });
  });
});
