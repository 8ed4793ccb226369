import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { nodeFileSystem } from "../../../../src/node/files/fileSystem";
import { makePrivateFolder, stateFolderPath } from "../../../../src/node/state/folder";
import { writeAtomic } from "../../../../src/node/state/writeAtomic";
import { inFolder, systemError } from "../support";

describe("state folder", () => {
  const path = (platform: NodeJS.Platform, variables: Record<string, string>) =>
    stateFolderPath({
      platform,
      home: platform === "win32" ? "C:\\Users\\u" : "/home/u",
      variables,
    });

  it("is the platform's, unless SECURESHARE_HOME names one", () => {
    assert.equal(path("linux", {}), "/home/u/.local/state/secureshare");
    assert.equal(path("linux", { XDG_STATE_HOME: "/x" }), "/x/secureshare");
    assert.equal(path("darwin", {}), "/home/u/Library/Application Support/SecureShare");
    assert.equal(path("win32", {}), "C:\\Users\\u\\AppData\\Local\\SecureShare");
    assert.equal(path("win32", { LOCALAPPDATA: "D:\\l" }), "D:\\l\\SecureShare");
    assert.equal(path("linux", { SECURESHARE_HOME: "/s", XDG_STATE_HOME: "/x" }), "/s");
    assert.equal(path("linux", { SECURESHARE_HOME: "s", XDG_STATE_HOME: "" }), path("linux", {}));
  });

  it("is made private, also when it was there with other permissions", () =>
    inFolder(async (folder) => {
      mkdirSync(join(folder, "a"), { mode: 0o755 });
      for (const each of ["a", "b/c"]) {
        await makePrivateFolder(join(folder, each));
        if (process.platform !== "win32")
          assert.equal(statSync(join(folder, each)).mode & 0o777, 0o700);
      }
    }));
});

describe("atomic write", () => {
  it("replaces the whole file, private, and leaves nothing beside it", () =>
    inFolder(async (folder) => {
      const path = join(folder, "journal.json");
      await writeAtomic(path, Buffer.from("a long first version"));
      await writeAtomic(path, Buffer.from("second"));
      assert.equal(readFileSync(path, "utf8"), "second");
      assert.deepEqual(readdirSync(folder), ["journal.json"]);
      if (process.platform !== "win32") assert.equal(statSync(path).mode & 0o777, 0o600);
    }));

  it("flushes the bytes before the name appears, and the folder after", () =>
    inFolder(async (folder) => {
      const order: string[] = [];
      const files = {
        ...nodeFileSystem,
        fsync: (fd: number) => (order.push("fsync"), nodeFileSystem.fsync(fd)),
        rename: (from: string, to: string) => (
          order.push("rename"), nodeFileSystem.rename(from, to)
        ),
      };
      await writeAtomic(join(folder, "j"), Buffer.from("x"), files);
      assert.deepEqual(order, ["fsync", "rename", "fsync"]);
    }));

  it("keeps the old file when the disk is full", () =>
    inFolder(async (folder) => {
      const path = join(folder, "j");
      await writeAtomic(path, Buffer.from("old"));
      const files = { ...nodeFileSystem, fsync: () => Promise.reject(systemError("ENOSPC")) };
      await assert.rejects(writeAtomic(path, Buffer.from("new"), files), { code: "E_DISK_FULL" });
      assert.equal(readFileSync(path, "utf8"), "old");
      assert.deepEqual(readdirSync(folder), ["j"]);
    }));
});
