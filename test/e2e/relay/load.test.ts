import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { resolveLimits } from "../../../relay/options";
import { FRAME_MAX, RELAY_BUFFER } from "../../../src/core/wire/limits";
import { joinBoth, type Peer } from "./peer";
import { type RelayProgram, relayProgram } from "./program";
import { resumeRoom } from "./testServer";

type Load = typeof import("../../../scripts/bench/relayLoad.mjs");
type Pairing = import("../../../scripts/bench/relayClients.mjs").Pairing;
const LOAD_SCRIPT: string = `${TEST_ROOT}scripts/bench/relayLoad.mjs`;

const MIB = 1024 * 1024;
/** How long readers stall: an hour in the full run. */
const STALL_SECONDS = process.env["SECURESHARE_FULL"] === "1" ? 3_600 : 60;
const A_DAY_MS = String(86_400_000);
/** Sessions in which nobody reads. */
const STALLED = 8;

interface Stall {
  readonly peers: readonly Peer[];
  /** Settles at its end; rejects when the relay did not keep its limits meanwhile. */
  readonly held: Promise<void>;
  /** Bytes of memory that the relay has taken since, at most. */
  readonly grown: () => Promise<number>;
}

/** Files that a process may open here, less what it needs for itself. */
async function connectionsPossible(): Promise<number> {
  const limits = await readFile("/proc/self/limits", "utf8");
  return Number(/^Max open files +\d+ +(\d+)/m.exec(limits)?.[1] ?? Number.NaN) - 200;
}

describe("relay: load", function () {
  this.timeout(120_000 + STALL_SECONDS * 1_000);
  let load: Load;
  let program: RelayProgram;
  let stalling: RelayProgram;
  let stall: Stall;
  const over = new AbortController();
  const clients: ReturnType<Load["startClients"]>[] = [];
  before(async () => {
    load = (await import(LOAD_SCRIPT)) as Load;
    [program, stalling] = await Promise.all([relayProgram(), relayProgram()]);
    // It takes long and next to no work: the other tests run beside it.
    stall = await stallReaders();
  });
  after(async () => {
    over.abort();
    await Promise.allSettled([stall?.held]);
    await stalling.killAll();
  });
  afterEach(async () => {
    for (const { end } of clients.splice(0)) end();
    await program.killAll();
  });

  const startOn = async (on: RelayProgram, ...args: string[]) => {
    const { relay, url } = await on.start(["--admin-port", "0", ...args]);
    const admin = String((await relay.logged("admin"))["url"]);
    return { url, admin, pid: relay.child.pid ?? 0, stop: on.killAll };
  };
  const start = (...args: string[]) => startOn(program, ...args);
  const clientsOf = (relay: Parameters<Load["startClients"]>[0], from: string) => {
    const started = load.startClients(relay, from);
    clients.push(started);
    return started;
  };

  it("holds 10,000 rooms that wait in less than 400 MiB", async () => {
    const count = Math.min(10_000, await connectionsPossible());
    const limits = ["waiting-rooms-per-address", "joins-per-minute", "connects-per-minute"];
    const relay = await start(...limits.flatMap((limit) => [`--${limit}`, "100000"]));
    await clientsOf(relay, "127.0.0.2").order("wait", { count });
    const figure = await load.figuresOf(relay);
    assert.equal(figure("secureshare_relay_rooms_waiting"), count);
    const { resident } = await load.costOf(relay.pid);
    assert.ok(resident < (400 * MIB * count) / 10_000, `${resident / MIB} MiB for ${count}`);
  });

  it("pairs others in less than 100 ms while one address floods it", async function () {
    // What waits for the kernel's own threads on a busy machine cannot be told from the relay.
    this.retries(2);
    const relay = await start();
    const [hostile, others] = [clientsOf(relay, "127.0.0.2"), clientsOf(relay, "many")];
    const pairs = { count: 100, concurrency: 2, ms: 20 };
    await others.order("pairAndLeave", { ...pairs, ms: 0 });
    const count = 2 * resolveLimits().connectsPerMinute;
    const flood = hostile.order("flood", { concurrency: 128, count, ms: 3_000 });
    const flooded = (await others.order("pairAndLeave", pairs)) as Pairing[];
    await flood;
    const figure = await load.figuresOf(relay);
    assert.ok(figure('secureshare_relay_refusals_total{reason="connects"}') > 0, "no flood");
    // A core that somebody else on this machine had is not the relay's doing.
    const times = flooded.map(({ own }) => own).sort((a, b) => b - a);
    assert.ok(load.percentile(times, 99) < 100, `${times.slice(0, 5).join(", ")} ms`);
  });

  /** Sends from all until nothing that any of them sends is taken any more. */
  const fill = async (peers: readonly Peer[]) => {
    for (let still = 0; still < 15; await delay(20)) {
      const free = peers.filter(({ ws }) => ws.bufferedAmount === 0);
      for (const { ws } of free) ws.send(Buffer.alloc(FRAME_MAX));
      still = free.length === 0 ? still + 1 : 0;
    }
  };

  /** Settles when nothing more goes in; from then on they are looked at. */
  async function stallReaders(): Promise<Stall> {
    const relay = await startOn(stalling, "--idle-ms", A_DAY_MS);
    const pairs = await Promise.all(
      Array.from({ length: STALLED }, (_, n) => joinBoth(relay.url, resumeRoom(n))),
    );
    const before = (await load.costOf(relay.pid)).resident;
    const peers = pairs.flatMap(({ sender, receiver }) => [sender, receiver]);
    for (const { ws } of peers) ws.pause();
    await fill(peers);
    const held = holds(relay);
    held.catch(() => {});
    return { peers, held, grown: async () => (await load.costOf(relay.pid)).most - before };
  }

  async function holds(relay: Awaited<ReturnType<typeof start>>): Promise<void> {
    const end = performance.now() + STALL_SECONDS * 1_000;
    for (; performance.now() < end && !over.signal.aborted; await delay(200)) {
      const figure = await load.figuresOf(relay);
      assert.equal(figure("secureshare_relay_rooms_paired"), STALLED, "nobody is evicted");
      assert.ok(figure("secureshare_relay_buffered_bytes_largest") <= RELAY_BUFFER);
    }
  }

  it(`spends at most 4 MiB a direction on readers that stall (${STALL_SECONDS} s)`, async () => {
    const { peers, held, grown } = stall;
    await held;
    const more = await grown();
    assert.ok(more <= 2 * STALLED * RELAY_BUFFER + 32 * MIB, `${more / MIB} MiB`);
    for (const { ws } of peers) ws.resume();
    for (const peer of peers) assert.equal((await peer.next()).kind, "frame");
  });
});
