// The relay's page in a Chromium: one large file to it and from it, with the command line on
// the other side.
import { rm } from "node:fs/promises";
import { medians } from "./figures.mjs";
import { Bench } from "./programs.mjs";
import { GIB, MIB, randomFile } from "./race.mjs";
import { costOf } from "./relayLoad.mjs";
import { openBareTab } from "./tab.mjs";

const GOAL = 60;
const MEMORY = 400;
const CODE = 'document.querySelector(".code [aria-hidden]").textContent';

/** @typedef {import("./programs.mjs").Program} Program */
/** @typedef {import("./tab.mjs").BareTab} BareTab */
/** @typedef {Awaited<ReturnType<Bench["relay"]>>} Relay */
/** @typedef {{ bench: Bench, relay: Relay, source: string, sha256: string }} Setting */

/** The way of a file. @typedef {(setting: Setting, tab: BareTab) => Promise<Program>} Way */

/** @type {(accept: readonly string[]) => Way} */
const toPage = (accept) => async (setting, tab) => {
  const { bench, relay, source } = setting;
  const sender = bench.cli(["send", source, "--relay", relay.url, "--yes"]);
  const { event } = await sender.hears("code");
  await tab.open(event["link"]);
  for (const action of ["receive", "confirm", ...accept]) await tab.press(action);
  await tab.until(`document.querySelector(".checksum").textContent.includes("${setting.sha256}")`);
  return sender;
};

/** @type {Way} */
async function fromPage({ bench, relay, source, sha256 }, tab) {
  await tab.open(`${relay.url.replace(/^ws/, "http")}/`);
  await tab.choose("#pick-files", source);
  const out = bench.path("out");
  const code = await tab.until(CODE);
  const receiver = bench.cli(["receive", code, "--relay", relay.url, "--out", out, "--yes"]);
  await tab.press("confirm");
  const { event } = await receiver.hears("file");
  if (event["sha256"] !== sha256) throw new Error("what arrived is not what was sent");
  await rm(out, { recursive: true });
  return receiver;
}

/**
 * CPU in seconds; `seconds` from the acceptance to the end, `peak` of the tab in MiB.
 * @param {Setting} setting
 * @param {Way} way
 * @param {boolean} picksFolders
 */
async function measure(setting, way, picksFolders) {
  const tab = await openBareTab({ picksFolders });
  try {
    const [before, idle] = [await costOf(setting.relay.pid), await tab.cpu()];
    const program = await way(setting, tab);
    const { event } = await program.hears("done");
    const [busy, peak] = [await tab.cpu(), await tab.peakMemory()];
    const { cpuSeconds } = await program.done();
    const after = await costOf(setting.relay.pid);
    return {
      seconds: Number(event["seconds"]),
      peak,
      tab: busy.tab - idle.tab,
      browser: busy.browser - idle.browser,
      "command line": cpuSeconds,
      relay: after.cpuSeconds - before.cpuSeconds,
    };
  } finally {
    await tab.close();
  }
}

/** @param {import("./bench.mjs").Report} report */
export function page({ tell, rounds }) {
  const bytes = GIB;
  const ways = [
    { what: "to the page, kept", way: toPage(["accept"]), picks: false },
    { what: "to a picked folder", way: toPage(["pickFolder", "accept"]), picks: true },
    { what: "from the page", way: fromPage, picks: false },
  ];
  return Bench.run("/dev/shm", async (bench) => {
    const source = bench.path("large.bin");
    const sha256 = await randomFile(source, bytes);
    const relay = await bench.relay();
    const setting = { bench, relay, source, sha256 };
    /** @type {Awaited<ReturnType<typeof measure>>[][]} */
    const measured = ways.map(() => []);
    for (let round = 0; round < rounds; round++)
      for (const [i, { way, picks }] of ways.entries())
        measured[i]?.push(await measure(setting, way, picks));
    for (const [i, { what }] of ways.entries()) {
      const { seconds, peak, ...cpu } = medians(measured[i] ?? []);
      const rate = bytes / 1e6 / seconds;
      const about = `${bytes / MIB} MiB ${what}`;
      tell({ what: about, value: rate, unit: "MB/s", goal: "at least 60", ok: rate >= GOAL });
      const small = peak < MEMORY;
      tell({
        what: `${what}: peak of the tab`,
        value: peak,
        unit: "MiB",
        goal: "under 400",
        ok: small,
      });
      const each = { ...cpu, all: Object.values(cpu).reduce((sum, each) => sum + each) };
      for (const [who, seconds] of Object.entries(each))
        tell({ what: `${what}: CPU, ${who}`, value: (seconds * GIB) / bytes, unit: "s/GiB" });
    }
  });
}
