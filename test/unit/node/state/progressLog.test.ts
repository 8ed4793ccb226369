import assert from "node:assert/strict";
import { appendFileSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProgressEntry } from "../../../../src/core/files/journal";
import { type FileSystem, nodeFileSystem } from "../../../../src/node/files/fileSystem";
import { ProgressLog, readProgress } from "../../../../src/node/state/progressLog";
import { inFolder, mounted, openDescriptors, systemError } from "../support";

const real = nodeFileSystem;

function durable(item: number): ProgressEntry {
  return { k: "durable", item, offset: item * 1000 };
}

/** The log's entries, and the length of what is whole. */
async function read(path: string): Promise<{ entries: ProgressEntry[]; length: number }> {
  const entries: ProgressEntry[] = [];
  const length = await readProgress(real, path, (entry) => entries.push(entry) > 0);
  return { entries, length };
}

describe("progress log", () => {
  it("gives back what was noted, in its order, and goes on behind it", () =>
    inFolder(async (folder) => {
      const path = join(folder, "log");
      const before = openDescriptors();
      for (let run = 0; run < 3; run++) {
        const log = new ProgressLog(real, path, (await read(path)).length);
        for (let i = 0; i < 500; i++) await log.note(durable(run * 500 + i));
        await log.close();
      }
      assert.equal(openDescriptors(), before);
      const { entries, length } = await read(path);
      assert.deepEqual(
        entries,
        Array.from({ length: 1500 }, (_, i) => durable(i)),
      );
      assert.equal(length, statSync(path).size);
      assert.equal(statSync(path).mode & 0o777, process.platform === "win32" ? 0o666 : 0o600);
    }));

  it("makes one flush of the notes that come side by side", () =>
    inFolder(async (folder) => {
      let flushes = 0;
      const fsync = (fd: number) => (flushes++, real.fsync(fd));
      const log = new ProgressLog({ ...real, fsync }, join(folder, "log"), 0);
      await log.note(durable(0));
      flushes = 0;
      await Promise.all(Array.from({ length: 64 }, (_, i) => log.note(durable(i))));
      assert.equal(flushes, 1);
      await log.close();
    }));

  it("settles a note only when it is flushed", () =>
    inFolder(async (folder) => {
      let release = () => {};
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const fsync = (fd: number) => gate.then(() => real.fsync(fd));
      const log = new ProgressLog({ ...real, fsync }, join(folder, "log"), 0);
      let settled = false;
      const noted = log.note(durable(1)).then(() => {
        settled = true;
      });
      await real.lstat(folder);
      await real.lstat(folder);
      assert.equal(settled, false);
      release();
      await noted;
      await log.close();
    }));

  it("drops a torn or foreign end, and cuts it off before it goes on", () =>
    inFolder(async (folder) => {
      const path = join(folder, "log");
      const whole = `${JSON.stringify(durable(1))}\n${JSON.stringify(durable(2))}\n`;
      const ends = [
        JSON.stringify(durable(3)).slice(0, 9),
        JSON.stringify(durable(3)),
        `{"k":"durable"}\n${JSON.stringify(durable(4))}\n`,
        `\0\0\0\0\n${JSON.stringify(durable(4))}\n`,
        '{"k":"durable","item":-1,"offset":0}\n',
        `{"k":"durable","item":1,"offset":0,"more":1}\n`,
        `{"k":"staging","path":"${"x".repeat(1_000_000)}"}\n`,
        "x".repeat(3_000_000),
      ];
      for (const end of ends) {
        writeFileSync(path, whole + end);
        const { entries, length } = await read(path);
        assert.deepEqual(entries, [durable(1), durable(2)], end.slice(0, 40));
        assert.equal(length, whole.length);
        const log = new ProgressLog(real, path, length);
        await log.note(durable(9));
        await log.close();
        assert.equal(readFileSync(path, "utf8"), `${whole}${JSON.stringify(durable(9))}\n`);
      }
      assert.deepEqual(await read(join(folder, "missing")), { entries: [], length: 0 });
    }));

  it("leaves nothing half when a write fails, and goes on when there is room", () =>
    inFolder(async (folder) => {
      const path = join(folder, "log");
      let full = false;
      const write: FileSystem["write"] = async (fd, bytes, offset, position) => {
        if (!full) return real.write(fd, bytes, offset, position);
        if (bytes.length > 20) await real.write(fd, bytes.subarray(0, 20), offset, position);
        throw systemError("ENOSPC");
      };
      const log = new ProgressLog({ ...real, write }, path, 0);
      await log.note(durable(1));
      full = true;
      const failed = await Promise.allSettled([log.note(durable(2)), log.note(durable(3))]);
      for (const each of failed)
        assert.ok(each.status === "rejected" && each.reason.code === "E_DISK_FULL");
      assert.equal(readFileSync(path, "utf8"), `${JSON.stringify(durable(1))}\n`);
      full = false;
      await log.note(durable(4));
      await log.close();
      assert.deepEqual((await read(path)).entries, [durable(1), durable(4)]);
      await assert.rejects(log.note(durable(5)), { code: "E_DISK" });
    }));

  it("closes behind what is being noted, whether that waits or is under way, and takes no more", () =>
    inFolder(async (folder) => {
      const before = openDescriptors();
      for (const early of [0, 1]) {
        const path = join(folder, `log ${early}`);
        const closing: Promise<void>[] = [];
        const fsync = async (fd: number) => {
          // In the middle of the first commit: another entry waits, and then the end.
          if (early === 1 && closing.length === 0) closing.push(log.note(durable(2)), log.close());
          await real.fsync(fd);
        };
        const log = new ProgressLog({ ...real, fsync }, path, 0);
        const first = log.note(durable(1));
        if (early === 0) closing.push(log.note(durable(2)), log.close());
        await first;
        await Promise.all(closing);
        await assert.rejects(log.note(durable(3)), { code: "E_DISK" });
        await log.close();
        assert.deepEqual((await read(path)).entries, [durable(1), durable(2)]);
      }
      assert.equal(openDescriptors(), before);
    }));

  it("takes no entry that comes while it closes, and says so", () =>
    inFolder(async (folder) => {
      const path = join(folder, "log");
      const log = new ProgressLog(real, path, 0);
      await log.note(durable(1));
      const closed = log.close();
      await assert.rejects(log.note(durable(2)), { code: "E_DISK" });
      await closed;
      assert.deepEqual((await read(path)).entries, [durable(1)]);
    }));

  it("adds nothing behind bytes that it could not take back", () =>
    inFolder(async (folder) => {
      const path = join(folder, "log");
      let broken = false;
      const fail = () => Promise.reject(systemError("EIO"));
      const files: FileSystem = {
        ...real,
        fsync: (fd) => (broken ? fail() : real.fsync(fd)),
        ftruncate: (fd, length) => (broken ? fail() : real.ftruncate(fd, length)),
      };
      const log = new ProgressLog(files, path, 0);
      await log.note(durable(1));
      broken = true;
      await assert.rejects(log.note(durable(2)), { code: "E_DISK" });
      broken = false;
      await assert.rejects(log.note(durable(3)), { code: "E_DISK" });
      await log.close();
      assert.deepEqual((await read(path)).entries, [durable(1), durable(2)]);
    }));

  it("tells of a disk that is really full", async function () {
    await inFolder(async (folder) => {
      const done = await mounted(
        folder,
        ["-t", "tmpfs", "-o", "size=64k", "secureshare-test"],
        async () => {
          const path = join(folder, "log");
          const log = new ProgressLog(real, path, 0);
          const long = (item: number): ProgressEntry => ({
            k: "open",
            item,
            file: "x".repeat(999),
          });
          let noted = 0;
          await assert.rejects(
            async () => {
              for (; noted < 1000; noted++) await log.note(long(noted));
            },
            { code: "E_DISK_FULL" },
          );
          await log.close();
          const { entries, length } = await read(path);
          assert.equal(entries.length, noted);
          assert.equal(length, statSync(path).size);
        },
      );
      if (!done) this.skip();
    });
  });

  it("is not read through a link, nor from what is no file", () =>
    inFolder(async (folder) => {
      const path = join(folder, "log");
      appendFileSync(join(folder, "other"), `${JSON.stringify(durable(1))}\n`);
      symlinkSync(join(folder, "other"), path);
      await assert.rejects(read(path));
      assert.deepEqual(await read(folder), { entries: [], length: 0 });
    }));
});
