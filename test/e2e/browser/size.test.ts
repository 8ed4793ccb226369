import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, stat } from "node:fs/promises";
import { type BareTab, openBareTab } from "../../../scripts/bench/tab.mjs";
import { CliBench } from "../../support/cli";
import { Opened } from "../../support/opened";
import { eventually } from "../../support/vscode/eventually";

const MIB = 1024 * 1024;
const full = process.env["SECURESHARE_FULL"] === "1";
const SIZE = (full ? 2048 : 64) * MIB;
/** Bytes a second; asked for in the full run alone, which has the machine for itself. */
const SPEED = 60e6;
/** MiB of a tab's process, its code included. */
const MEMORY = 400;
const PATIENCE = full ? 500_000 : 100_000;

async function writeRandom(path: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path, "w");
  for (let at = 0; at < SIZE; at += 16 * MIB) {
    const bytes = randomBytes(16 * MIB);
    hash.update(bytes);
    await file.write(bytes);
  }
  await file.close();
  return hash.digest("hex");
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(path)) hash.update(bytes as Buffer);
  return hash.digest("hex");
}

/** A download has its name once it is whole. */
async function downloaded(path: string): Promise<string> {
  await eventually(PATIENCE, async () => assert.equal((await stat(path)).size, SIZE));
  return path;
}

describe(`browser page: ${SIZE / MIB} MiB`, function () {
  this.timeout(2 * PATIENCE);
  let opened: Opened;
  let bench: CliBench;
  let tab: BareTab;
  beforeEach(async () => {
    opened = new Opened();
    bench = opened.add(await CliBench.open());
    tab = opened.add(await openBareTab());
  });
  afterEach(() => opened.close());

  /** Looked at while the tab still has its peak, judged once the content has been. */
  async function measure(what: string, seconds: number): Promise<() => void> {
    const memory = await tab.peakMemory();
    const speed = SIZE / seconds;
    console.log(
      `      ${what}: ${Math.round(speed / 1e6)} MB/s, the tab at most ${Math.round(memory)} MiB`,
    );
    return () => {
      assert.ok(memory > 50 && memory < MEMORY, `${memory} MiB`);
      if (full) assert.ok(speed >= SPEED, `${speed} bytes a second`);
    };
  }

  it("arrive in a tab that stays small, and leave it as a download", async () => {
    const digest = await writeRandom(bench.path("big.bin"));
    const { url } = await bench.relay();
    const sender = bench.start(["send", "big.bin", "--relay", url, "--yes", "--json"]);
    await tab.open((await sender.event("code")).link);
    for (const action of ["receive", "confirm", "accept"]) await tab.press(action);
    const { seconds } = await sender.event("done", () => true, PATIENCE);
    const judge = await measure("received", seconds);
    await mkdir(bench.path("downloads"));
    await tab.downloadTo(bench.path("downloads"));
    await tab.press("save");
    const saved = await downloaded(bench.path("downloads", "big.bin"));
    assert.equal(await hashOf(saved), digest);
    judge();
  });

  it("leave a tab that stays small", async () => {
    const digest = await writeRandom(bench.path("big.bin"));
    const { url } = await bench.relay();
    await tab.open(`${url.replace(/^ws/, "http")}/`);
    await tab.choose("#pick-files", bench.path("big.bin"));
    const code = await tab.until('document.querySelector(".code [aria-hidden]").textContent');
    const options = ["--relay", url, "--out", "to", "--yes", "--json"];
    const receiver = bench.start(["receive", code, ...options]);
    await tab.press("confirm");
    const { seconds } = await receiver.event("done", () => true, PATIENCE);
    const judge = await measure("sent", seconds);
    assert.equal(await hashOf(bench.path("to/big.bin")), digest);
    judge();
  });
});
