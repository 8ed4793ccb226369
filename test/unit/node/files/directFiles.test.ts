import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createDirectFileSystem, whileQuick } from "../../../../src/node/files/directFiles";
import {
  CREATE_NEW,
  lookAt,
  READ_FILE,
  readFully,
  writeAll,
} from "../../../../src/node/files/fileSystem";
import { inFolder } from "../support";

describe("file system calls made at once", () => {
  it("read and write what is small and what is not", () =>
    inFolder(async (root) => {
      const files = createDirectFileSystem();
      for (const size of [0, 5, 200_000, 300_000]) {
        const path = join(root, `${size}`);
        const bytes = new Uint8Array(size).map((_, i) => i % 251);
        const fd = await files.open(path, CREATE_NEW, 0o600);
        await writeAll(files, fd, bytes, 0);
        await files.fsync(fd);
        await files.close(fd);
        assert.ok(readFileSync(path).equals(bytes));
        const again = await files.open(path, READ_FILE);
        const into = new Uint8Array(size + 1);
        assert.equal(await readFully(files, again, into, 0), size);
        await files.close(again);
        assert.deepEqual(into.subarray(0, size), bytes);
      }
    }));

  it("reject as others do", () =>
    inFolder(async (root) => {
      const files = createDirectFileSystem();
      const path = join(root, "none");
      for (const call of [files.lstat(path), files.open(path, READ_FILE), files.mayRead(path)])
        await assert.rejects(call, { code: "ENOENT" });
      assert.equal(await lookAt(files, path), undefined);
      writeFileSync(path, "");
      await assert.rejects(files.lstat(join(path, "below")), /ENOENT|ENOTDIR/);
      await assert.rejects(files.fsync(-1), { code: "ERR_OUT_OF_RANGE" });
    }));

  /** The most that was done in one turn of the event loop. */
  async function mostInOneTurn(count: number, act: () => Promise<void>): Promise<number> {
    let [done, most, since] = [false, 0, 0];
    const other = () => {
      most = Math.max(most, since);
      since = 0;
      if (!done) setImmediate(other);
    };
    setImmediate(other);
    for (let i = 0; i < count; i++) {
      await act();
      since++;
    }
    done = true;
    return Math.max(most, since);
  }

  it("let others have their turn between many files", () =>
    inFolder(async (root) => {
      const files = createDirectFileSystem();
      writeFileSync(join(root, "a"), "a");
      const most = await mostInOneTurn(1000, async () => {
        await files.close(await files.open(join(root, "a"), READ_FILE));
      });
      assert.ok(most <= 64, `${most} files`);
    }));

  it("let others have their turn between many records", () =>
    inFolder(async (root) => {
      const files = createDirectFileSystem();
      const fd = await files.open(join(root, "a"), CREATE_NEW, 0o600);
      const record = new Uint8Array(256 * 1024);
      const most = await mostInOneTurn(200, () => writeAll(files, fd, record, 0));
      await files.close(fd);
      assert.ok(most <= 8, `${most} records`);
    }));

  it("go beside the event loop for a while where they were slow", async () => {
    let [time, takes] = [0, 4];
    const made: string[] = [];
    const call = whileQuick(
      4,
      (name: string) => {
        time += takes;
        return made.push(name);
      },
      async (name: string) => made.push(`${name} beside`),
      () => time,
    );
    await call("quick");
    takes = 5;
    await call("slow");
    takes = 0;
    for (let i = 0; i < 66; i++) await call("later");
    const beside = Array.from({ length: 64 }, () => "later beside");
    assert.deepEqual(made, ["quick", "slow", ...beside, "later", "later"]);
  });
});
