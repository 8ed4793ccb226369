import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { buildCli, CliBench, type CliProcess, failsWith } from "../../support/cli";
import { describeTree, makeTree } from "../../support/tree";

describe("command line: disks that do not take it", function () {
  this.timeout(180_000);
  let bench: CliBench;
  let relay: string;
  before(buildCli);
  beforeEach(async () => {
    bench = await CliBench.open();
    await makeTree(bench.path("from"), { "x/a": "one", "x/b": "two" });
    relay = (await bench.relay()).url;
  });
  afterEach(() => bench.close());

  const offering = async (): Promise<{ sender: CliProcess; code: string }> => {
    // Its receiver may make room and come back, for which a sender would wait.
    const args = ["send", "from/x", "--relay", relay, "--json", "--yes", "--keep-for", "0"];
    const sender = bench.start(args);
    return { sender, code: (await sender.event("code")).code };
  };
  const receiving = (code: string, ...more: string[]) =>
    bench.start(["receive", code, "--relay", relay, "--json", ...more], { stdin: "open" });

  /** Runs with a small file system of its own, where we may mount one. */
  function onDisk(title: string, options: string, body: (disk: string) => Promise<void>): void {
    it(title, async function () {
      const disk = bench.path("disk");
      await mkdir(disk);
      const args = ["-t", "tmpfs", "-o", options, "tmpfs", disk];
      // Mounting needs a right that not every user has.
      if (spawnSync("mount", args, { stdio: "ignore" }).status !== 0) return this.skip();
      try {
        await body(disk);
      } finally {
        spawnSync("umount", [disk]);
      }
    });
  }

  onDisk("a full disk: nothing is begun", "size=2m", async (disk) => {
    await makeTree(bench.path("from"), { "x/big": { content: new Uint8Array(4 * 1024 ** 2) } });
    const { sender, code } = await offering();
    const receiver = receiving(code, "--yes", "--out", `${disk}/in`);
    failsWith(await receiver.ended, "E_NO_SPACE");
    assert.ok((await sender.ended).exitCode !== 0);
    assert.deepEqual(await describeTree(disk), []);
  });

  onDisk(
    "a disk that fills up half-way: what came stays, no part under a final name",
    "size=24m",
    async (disk) => {
      await makeTree(bench.path("from"), { "x/big": { content: new Uint8Array(16 * 1024 ** 2) } });
      const { sender, code } = await offering();
      const receiver = receiving(code, "--out", disk);
      await receiver.event("verify");
      receiver.say({ answer: "verify", confirm: true });
      await receiver.event("offer");
      // Between the look at the free space and the bytes, somebody else takes it.
      receiver.say({ answer: "offer", accept: true });
      await writeFile(`${disk}/other`, new Uint8Array(20 * 1024 ** 2)).catch(() => {});
      const ended = await receiver.ended;
      const last = ended.stdout.trimEnd().split("\n").at(-1) ?? "";
      assert.match(last, /"code":"E_(DISK_FULL|NO_SPACE)"/);
      assert.equal(ended.exitCode, 9);
      await sender.ended;
      const left = (await describeTree(disk)).flatMap((line) =>
        line.endsWith(" folder") || line.startsWith("other ") ? [] : [line.split(" ")[0]],
      );
      const part = /^\.secureshare-[0-9a-f]{32}\//;
      assert.deepEqual(
        left.filter((path = "") => path !== "x/a" && path !== "x/b" && !part.test(path)),
        [],
      );
      assert.ok((await receiver.event("interrupted")).resumable);
    },
  );

  onDisk("a folder that may not be written to", "ro", async (disk) => {
    const { sender, code } = await offering();
    failsWith(await receiving(code, "--yes", "--out", disk).ended, "E_PERMISSION");
    assert.ok((await sender.ended).exitCode !== 0);
  });
});
