import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { METRICS } from "../../../relay/metrics";
import { CloseCode } from "../../../src/core/wire/closeCodes";
import { dial, JOINED, join, joinBoth, newClaim, refusal } from "./peer";
import { type RelayProcess, type RelayProgram, relayProgram } from "./program";
import { resumeRoom } from "./testServer";

const ROOM = "k7qm3";
const DRAINING = { kind: "said", message: { type: "draining" } };

/** Asks the operator's port. */
async function ask(admin: string, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(admin + path);
  return { status: response.status, text: await response.text() };
}

/** A figure with exactly these labels; NaN when it is not shown. */
function figure(text: string, name: string): number {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? Number.NaN : Number(line.slice(name.length + 1));
}

describe("relay: operation", function () {
  this.timeout(60_000);
  let program: RelayProgram;
  before(async () => {
    program = await relayProgram();
  });
  afterEach(() => program.killAll());

  const start = async (...args: string[]) => {
    const { relay, url } = await program.start(["--admin-port", "0", ...args]);
    return { relay, url, admin: String((await relay.logged("admin"))["url"]) };
  };
  const ended = async (relay: RelayProcess) => {
    relay.child.kill("SIGTERM");
    return relay.exit;
  };

  it("answers on its own port whether it lives, whether it is ready, and with figures", async () => {
    const { url, admin } = await start();
    const { sender, receiver } = await joinBoth(url, ROOM);
    await join(url, resumeRoom(1), "sender");
    sender.ws.send(Buffer.alloc(1_000));
    await receiver.next();
    await refusal(url, "aaaaa", "receiver");
    assert.equal((await ask(admin, "/healthz")).status, 200);
    assert.equal((await ask(admin, "/readyz")).status, 200);
    assert.equal((await ask(admin, "/")).status, 404);
    assert.equal((await fetch(`${admin}/metrics`, { method: "POST" })).status, 405);
    const { text } = await ask(admin, "/metrics");
    assert.equal(figure(text, "secureshare_relay_rooms_waiting"), 1);
    assert.equal(figure(text, "secureshare_relay_rooms_paired"), 1);
    assert.equal(figure(text, "secureshare_relay_forwarded_bytes_total"), 1_000);
    assert.equal(figure(text, 'secureshare_relay_refusals_total{reason="unknownRoom"}'), 1);
    assert.ok(figure(text, "process_resident_memory_bytes") > 1e6);
    const delay = 'secureshare_relay_event_loop_delay_seconds{quantile="0.99"}';
    assert.ok(figure(text, delay) >= 0 && figure(text, delay) < 5);
    for (const name of Object.keys(METRICS)) assert.ok(text.includes(`# TYPE ${name} `), name);
  });

  it("shows none of this on the port for the public", async () => {
    const { url } = await start();
    const publicly = url.replace("ws:", "http:");
    for (const path of ["/metrics", "/readyz"])
      assert.equal((await ask(publicly, path)).status, 404);
  });

  it("drains: not ready at once, newcomers for a while yet, then none; sessions go on", async () => {
    // Long enough to see that it is not ready and to join, on a busy machine as well.
    const times = ["--drain-delay-ms", "2500", "--drain-ms", "60000"];
    const { relay, url, admin } = await start(...times);
    const { sender, receiver } = await joinBoth(url, ROOM);
    relay.child.kill("SIGTERM");
    for (let status = 200; status === 200; ) ({ status } = await ask(admin, "/readyz"));
    const late = await join(url, resumeRoom(1), "sender");
    assert.deepEqual([await sender.next(), await receiver.next()], [DRAINING, DRAINING]);
    assert.equal(await late.closeCode(), CloseCode.draining, "who waits is to wait elsewhere");
    await assert.rejects(join(url, resumeRoom(2), "sender"), "no new rooms");
    assert.equal((await ask(admin, "/healthz")).status, 200);
    assert.equal((await ask(admin, "/readyz")).status, 503);
    const { text } = await ask(admin, "/metrics");
    assert.equal(figure(text, "secureshare_relay_draining"), 1);
    sender.send(1);
    assert.deepEqual(await receiver.next(), { kind: "frame", frame: Buffer.of(1) });
    receiver.ws.close();
    assert.equal(await sender.closeCode(), CloseCode.draining);
    assert.equal((await relay.exit).code, 0);
  });

  it("ends sessions with `draining` when their time is over, under load", async () => {
    const { relay, url } = await start("--drain-ms", "500");
    const pairs = await Promise.all(
      Array.from({ length: 20 }, (_, n) => joinBoth(url, resumeRoom(n))),
    );
    const load = pairs.map(async ({ sender: { ws } }) => {
      // A breath between frames, or this process would only send and never read.
      for (; ws.readyState === ws.OPEN; await setImmediate()) ws.send(Buffer.alloc(64 * 1024));
    });
    relay.child.kill("SIGTERM");
    const codes = await Promise.all(
      pairs.flatMap(({ sender, receiver }) => [sender.closeCode(), receiver.closeCode()]),
    );
    await Promise.all(load);
    assert.deepEqual(codes, Array(40).fill(CloseCode.draining));
    assert.equal((await relay.exit).code, 0);
  });

  describe("says nothing about anybody, whatever is done to it", () => {
    const claim = newClaim();
    const FORGED = "203.0.113.77";
    const secrets = [ROOM, resumeRoom(0xabcdef), claim, "evil.example", FORGED];

    /** Everything that makes a relay speak. */
    const attack = async (url: string) => {
      const headers = { "x-forwarded-for": FORGED };
      const { sender } = await joinBoth(url, ROOM, { sender: claim });
      await join(url, resumeRoom(0xabcdef), "receiver", { claim, headers });
      await refusal(url, ROOM, "receiver");
      const leaver = await joinBoth(url, resumeRoom(2));
      leaver.sender.ws.close();
      await leaver.receiver.next();
      await refusal(url, "aaaaa", "receiver", { headers });
      await dial(`${url}/v1/rooms/${ROOM}?role=${ROOM}`).closeCode();
      await dial(`${url}/v1/rooms/${ROOM}`, { protocols: [`x.${claim}`] }).closeCode();
      await dial(`${url}/${ROOM}/${claim}`).closeCode();
      await dial(`${url}/v1/rooms/${ROOM}?role=sender`, {
        origin: "http://evil.example",
      }).closeCode();
      await fetch(`${url.replace("ws:", "http:")}/v1/rooms/${ROOM}`);
      sender.ws.send(`{"room":"${ROOM}","claim":"${claim}"}`);
      await sender.closeCode();
      for (let i = 0; i < 90; i += 1) await dial(`${url}/v1/rooms/${ROOM}?role=sender`).closeCode();
    };

    it("by default", async () => {
      const { relay, url, admin } = await start(
        "--joins-per-minute",
        "40",
        "--unknown-room-cost",
        "2",
      );
      await attack(url);
      const { text } = await ask(admin, "/metrics");
      const { stdout, stderr } = await ended(relay);
      const log = stderr
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { event: string });
      const said = new Set(log.map(({ event }) => event));
      for (const event of ["joined", "paired", "left", "closed", "refused", "draining", "stopped"])
        assert.ok(said.has(event), `the attack did not reach ${event}`);
      for (const reason of ["flooding", "origin", "rateLimited", "badRequest"])
        assert.ok(figure(text, `secureshare_relay_refusals_total{reason="${reason}"}`) > 0, reason);
      const connected = stderr.split("\n").filter((line) => !/"(?:listening|admin)"/.test(line));
      const everything = `${text}${stdout}${stderr}`;
      for (const secret of secrets) assert.equal(everything.includes(secret), false, secret);
      assert.doesNotMatch(`${text}${connected.join()}`, /127\.0\.0/);
    });

    it("but shortened addresses when its owner wants them", async () => {
      const { relay, url } = await start(
        "--log-addresses",
        "truncated",
        "--trusted-proxies",
        "127.0.0.1",
      );
      await attack(url);
      const { stderr } = await ended(relay);
      assert.ok(stderr.includes('"address":"203.0.113.0/24"'));
      assert.ok(stderr.includes('"address":"127.0.0.0/24"'));
      for (const secret of secrets) assert.equal(stderr.includes(secret), false, secret);
    });
  });

  it("takes no newcomer's place in a room for a claim that is only similar", async () => {
    const { url } = await start();
    const claim = newClaim();
    const { sender, receiver } = await joinBoth(url, ROOM, { sender: claim });
    const similar = `${claim[0] === "A" ? "B" : "A"}${claim.slice(1)}`;
    assert.equal(await refusal(url, ROOM, "sender", { claim: similar }), CloseCode.occupied);
    receiver.ws.close();
    await sender.next();
    await join(url, ROOM, "receiver");
    assert.deepEqual(await sender.next(), JOINED);
  });
});
