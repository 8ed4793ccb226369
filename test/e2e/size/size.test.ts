import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { buildCli, CliBench, type CliProcess } from "../../support/cli";

const LIMIT = 250 * 1024 * 1024;
/** Names as people give them, in three scripts. */
const NAMES = ["звіт", "Größenübersicht", "📦", "plain"];
const FILES = 20_000;

/** The most memory that a process has ever had resident, while it lives. Bytes. */
async function peak(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

/** Looks at the peak until the process has ended. */
async function watch(process: CliProcess): Promise<number> {
  const end = process.ended.then(() => "ended" as const);
  for (let most = 0; ; ) {
    most = Math.max(most, await peak(process.child.pid));
    const pause = new Promise((resolve) => setTimeout(resolve, 100));
    if ((await Promise.race([end, pause])) === "ended") return most;
  }
}

describe("size", function () {
  this.timeout(400_000);
  let bench: CliBench;
  before(function () {
    if (process.platform !== "linux") this.skip();
    return buildCli();
  });
  beforeEach(async () => {
    bench = await CliBench.open();
  });
  afterEach(() => bench.close());

  async function move(what: string): Promise<void> {
    const relay = await bench.relay();
    const sender = bench.start(["send", what, "--relay", relay.url, "--yes", "--json"]);
    const { code } = await sender.event("code");
    const receive = ["receive", code, "--relay", relay.url, "--out", "to", "--yes", "--json"];
    const receiver = bench.start(receive);
    const peaks = await Promise.all([watch(sender), watch(receiver)]);
    assert.equal((await sender.ended).exitCode, 0);
    assert.equal((await receiver.ended).exitCode, 0);
    peaks.push(await peak(relay.process.child.pid));
    console.log(
      `      peak MiB of sender, receiver, relay: ${peaks.map((p) => p >> 20).join(", ")}`,
    );
    for (const most of peaks) assert.ok(most > 0 && most < LIMIT, `${most} bytes`);
  }

  it("4 GiB pass with each process under 250 MiB", async () => {
    const path = bench.path("from/4-GiB.bin");
    await mkdir(bench.path("from"));
    const file = await open(path, "w");
    await file.truncate(4 * 2 ** 30);
    for (let i = 0; i < 64; i++) await file.write(`piece ${i}`, i * 64 * 2 ** 20 + i);
    await file.close();
    await move("from/4-GiB.bin");
    assert.equal(spawnSync("cmp", [bench.path("to/4-GiB.bin"), path]).status, 0);
    await rm(bench.path("to/4-GiB.bin"));
  });

  it("20,000 small files pass with each process under 250 MiB", async () => {
    for (let i = 0; i < FILES; i++) {
      const folder = bench.path(`from/many/${NAMES[i % NAMES.length]}-${i % 100}`);
      if (i < 100 * NAMES.length) await mkdir(folder, { recursive: true });
      await writeFile(`${folder}/${NAMES[(i >> 2) % NAMES.length]} ${i}.txt`, `content ${i}`);
    }
    await move("from/many");
    const list = async (root: string) => {
      const found = await readdir(bench.path(root), { recursive: true, withFileTypes: true });
      return found.map((e) => `${e.parentPath.slice(bench.path(root).length)}/${e.name}`).sort();
    };
    const sent = await list("from/many");
    assert.deepEqual(await list("to/many"), sent);
    for (let i = 0; i < sent.length; i += 500) {
      const path = sent[i] ?? "";
      const read = (root: string) => readFile(bench.path(root + path)).catch(() => undefined);
      assert.deepEqual(await read("to/many"), await read("from/many"));
    }
  });
});
