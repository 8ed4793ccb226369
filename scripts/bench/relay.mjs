// Load on one relay process: npm run bench:relay -- [--json] [--quick] [--only SCENARIO]
//
// Waiting rooms, paired sessions, a storm of connections, bulk and small traffic, stalled
// readers, a flood from one address. Loopback only; needs dist/relay.js and Linux's /proc.
// Clients share the machine's cores with the relay, so times are upper bounds.
import { cpus } from "node:os";
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { costOf, figuresOf, percentile, startClients, startRelay } from "./relayLoad.mjs";

/** @typedef {import("./relayLoad.mjs").RunningRelay} RunningRelay */
/** @typedef {import("./relayLoad.mjs").Clients} Clients */

const { values } = parseArgs({
  options: {
    json: { type: "boolean" },
    quick: { type: "boolean" },
    // crowd, bulk, stalledReaders or flood
    only: { type: "string" },
  },
});
const scale = values.quick === true ? 10 : 1;
const WAITING = 10_000 / scale;
const PAIRS = 2_000 / scale;
const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const FRAME = 256 * 1024;
const LOOP_P99 = 'secureshare_relay_event_loop_delay_seconds{quantile="0.99"}';
const LOOP_MAX = 'secureshare_relay_event_loop_delay_seconds{quantile="1"}';
const PLENTY = ["waiting-rooms-per-address", "joins-per-minute", "connects-per-minute"].flatMap(
  (limit) => [`--${limit}`, "1000000"],
);

/** @type {{ what: string, value: number, unit: string }[]} */
const rows = [];

/**
 * @param {string} what
 * @param {number} value
 * @param {string} unit
 */
function tell(what, value, unit) {
  rows.push({ what, value, unit });
  if (values.json !== true)
    console.log(`${what.padEnd(64)}${value.toFixed(value < 10 ? 2 : 0).padStart(10)} ${unit}`);
}

/**
 * @param {string} what
 * @param {import("./relayClients.mjs").Pairing[]} pairings
 */
function tellTimes(what, pairings) {
  const times = pairings.map(({ ms }) => ms);
  tell(`${what}, p50`, percentile(times, 50), "ms");
  tell(`${what}, p99`, percentile(times, 99), "ms");
  const own = pairings.map(({ own }) => own);
  tell(`${what}, p99 less the time without a core`, percentile(own, 99), "ms");
}

/**
 * @param {string} when
 * @param {RunningRelay} relay
 */
async function tellLoop(when, relay) {
  const figure = await figuresOf(relay);
  tell(`event loop late by, p99, ${when}`, figure(LOOP_P99) * 1000, "ms");
  tell(`event loop late by, most, ${when}`, figure(LOOP_MAX) * 1000, "ms");
  return figure;
}

/**
 * @param {(relay: RunningRelay, clients: (from: string) => Clients) => Promise<void>} act
 * @param {string[]} args
 */
async function withRelay(act, ...args) {
  const relay = await startRelay(...args);
  /** @type {Clients[]} */
  const all = [];
  try {
    await act(relay, (from) => {
      const clients = startClients(relay, from);
      all.push(clients);
      return clients;
    });
  } finally {
    for (const clients of all) clients.end();
    await relay.stop();
  }
}

async function crowd() {
  await withRelay(
    async (relay, clients) => {
      const [waiting, pairing] = [clients("127.0.0.2"), clients("127.0.0.3")];
      await pairing.order("pairAndLeave", { count: 50 });
      const idle = await costOf(relay.pid);
      await waiting.order("wait", { count: WAITING });
      await delay(2_000);
      const full = await costOf(relay.pid);
      tell("resident memory, idle", idle.resident / MIB, "MiB");
      tell(`resident memory, ${WAITING} rooms waiting`, full.resident / MIB, "MiB");
      tell(
        "resident memory of a waiting room",
        (full.resident - idle.resident) / WAITING / 1024,
        "KiB",
      );

      await figuresOf(relay);
      const count = 1_000 / scale;
      const times = await pairing.order("pairAndLeave", { count, concurrency: 4, ms: 10 });
      tellTimes(`pairing with ${WAITING} rooms waiting`, times);
      await tellLoop("meanwhile", relay);

      const before = await costOf(relay.pid);
      const started = performance.now();
      const storm = await pairing.order("pair", { count: PAIRS, concurrency: 128 });
      tell("storm: pairs a second", PAIRS / ((performance.now() - started) / 1000), "1/s");
      tellTimes("storm: pairing, 128 at once", storm);
      const stormed = await costOf(relay.pid);
      const cpuMs = ((stormed.cpuSeconds - before.cpuSeconds) * 1000) / PAIRS;
      tell("storm: relay's CPU for one pair", cpuMs, "ms");
      await tellLoop("in the storm", relay);
      await delay(2_000);
      const paired = await costOf(relay.pid);
      tell("resident memory of a pair", (paired.resident - before.resident) / PAIRS / 1024, "KiB");

      const quiet = await costOf(relay.pid);
      await delay(20_000 / scale);
      const later = await costOf(relay.pid);
      const share = ((later.cpuSeconds - quiet.cpuSeconds) / (20 / scale)) * 100;
      tell(`CPU of ${WAITING} rooms and ${PAIRS} pairs that only wait`, share, "%");
      await tellLoop("with all waiting, pings and all", relay);

      await mixedTraffic(relay, pairing, clients("127.0.0.4"));
      tell("resident memory, at most", (await costOf(relay.pid)).most / MIB, "MiB");
    },
    ...PLENTY,
  );
}

/**
 * Small frames in all pairs, two bulk transfers, and newcomers who pair.
 * @param {RunningRelay} relay
 * @param {Clients} chatting
 * @param {Clients} others
 */
async function mixedTraffic(relay, chatting, others) {
  await figuresOf(relay);
  await others.order("pair", { count: 2, concurrency: 2 });
  const before = await costOf(relay.pid);
  const small = chatting.order("chatter", { frame: 200, ms: 10_000 / scale });
  const started = performance.now();
  await others.order("transfer", { count: 2, frame: FRAME, bytes: GIB / 2 / scale });
  const seconds = (performance.now() - started) / 1000;
  const frames = (await small) * 2;
  const after = await costOf(relay.pid);
  tell("mixed: small frames forwarded", frames, "");
  tell("mixed: two bulk transfers at", GIB / MIB / scale / seconds, "MiB/s");
  tell("mixed: relay's CPU", after.cpuSeconds - before.cpuSeconds, "s");
  await tellLoop("in mixed traffic", relay);
}

async function bulk() {
  await withRelay(async (relay, clients) => {
    const one = clients("127.0.0.2");
    await one.order("pair", { count: 1 });
    const bytes = (4 * GIB) / scale;
    await one.order("transfer", { frame: FRAME, bytes: GIB / 4 });
    const before = await costOf(relay.pid);
    const started = performance.now();
    await one.order("transfer", { frame: FRAME, bytes });
    const seconds = (performance.now() - started) / 1000;
    const after = await costOf(relay.pid);
    const forwarded = (await figuresOf(relay))("secureshare_relay_forwarded_bytes_total");
    if (forwarded !== bytes + GIB / 4) throw new Error(`${forwarded} bytes were forwarded`);
    tell("one session: throughput", bytes / MIB / seconds, "MiB/s");
    tell(
      "one session: relay's CPU",
      (after.cpuSeconds - before.cpuSeconds) / (bytes / GIB),
      "s/GiB",
    );
    tell("one session: resident memory, at most", after.most / MIB, "MiB");
  });
}

async function stalledReaders() {
  const count = 100 / scale;
  await withRelay(
    async (relay, clients) => {
      const readers = clients("127.0.0.2");
      await readers.order("pair", { count });
      const before = await costOf(relay.pid);
      await readers.order("stall", { count, frame: FRAME, ms: 5_000 });
      const after = await costOf(relay.pid);
      const figure = await figuresOf(relay);
      const grown = (after.resident - before.resident) / count / MIB;
      tell(`${count} stalled readers: memory for each`, grown, "MiB");
      const largest = figure("secureshare_relay_buffered_bytes_largest");
      tell("stalled readers: largest buffer", largest / MIB, "MiB");
    },
    ...PLENTY,
  );
}

async function flood() {
  await withRelay(async (relay, clients) => {
    const [hostile, others] = [clients("127.0.0.2"), clients("many")];
    const ms = 10_000 / scale;
    const quiet = await others.order("pairAndLeave", { count: 100, concurrency: 2, ms: 5 });
    tellTimes("pairing before the flood", quiet);
    await figuresOf(relay);
    const before = await costOf(relay.pid);
    const flooding = hostile.order("flood", { concurrency: 256, ms });
    await delay(500);
    const count = 400 / scale;
    const times = await others.order("pairAndLeave", { count, concurrency: 2, ms: 20 });
    const attempts = await flooding;
    const cpu = (await costOf(relay.pid)).cpuSeconds - before.cpuSeconds;
    tell("flood from one address: attempts a second", attempts / (ms / 1000), "1/s");
    tell("flood: relay's CPU for one attempt, at most", (cpu / attempts) * 1e6, "µs");
    tellTimes("pairing of others in the flood", times);
    const figure = await tellLoop("in the flood", relay);
    const refused = (/** @type {string} */ reason) =>
      figure(`secureshare_relay_refusals_total{reason="${reason}"}`);
    tell("flood: reset before a word was read", refused("connects"), "");
    tell("flood: answered with plain 429", refused("flooding"), "");
  });
}

if (values.json !== true)
  console.log(
    `${new Date().toISOString()}, Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}\n`,
  );
for (const scenario of [crowd, bulk, stalledReaders, flood])
  if (values.only === undefined || values.only === scenario.name) await scenario();
if (values.json === true) console.log(JSON.stringify({ date: new Date(), rows }, undefined, 2));
