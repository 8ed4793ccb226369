import assert from "node:assert/strict";
import { createServer } from "node:net";
import { CloseCode } from "../../../src/core/wire/closeCodes";
import { JOINED, join, joinBoth, LEFT } from "./peer";
import { type RelayProcess, type RelayProgram, relayProgram } from "./program";

const ROOM = "k7qm3";

describe("relay: the program", function () {
  this.timeout(60_000);
  let program: RelayProgram;
  const run: RelayProgram["run"] = (...how) => program.run(...how);

  before(async () => {
    program = await relayProgram();
  });
  afterEach(() => program.killAll());

  const urlOf = async ({ firstLine }: RelayProcess): Promise<string> => {
    const line: unknown = JSON.parse(await firstLine);
    assert.ok(typeof line === "object" && line !== null && "url" in line);
    assert.deepEqual(line, { event: "listening", url: line.url });
    assert.match(String(line.url), /^ws:\/\/127\.0\.0\.1:\d+$/);
    return String(line.url);
  };

  it("says where it listens, pairs, logs JSON without rooms, and stops on SIGTERM", async () => {
    const relay = run(["--host", "127.0.0.1", "--port", "0"]);
    const url = await urlOf(relay);
    const { sender, receiver } = await joinBoth(url, ROOM);
    sender.ws.close();
    assert.deepEqual(await receiver.next(), LEFT);
    relay.child.kill("SIGTERM");
    assert.equal(await receiver.closeCode(), CloseCode.draining);
    const { code, stdout, stderr } = await relay.exit;
    assert.equal(code, 0);
    assert.equal(stdout.trim().split("\n").length, 1, "nothing else on stdout");
    const events = stderr.trim().split("\n");
    assert.ok(events.every((line) => "event" in (JSON.parse(line) as object)));
    assert.ok(events.length >= 6 && !stderr.includes(ROOM));
  });

  it("lets a running transfer finish before it stops", async () => {
    const relay = run(["--drain-ms", "15000", "--port", "0"]);
    const { sender, receiver } = await joinBoth(await urlOf(relay), ROOM);
    relay.child.kill("SIGINT");
    const draining = { kind: "said", message: { type: "draining" } };
    assert.deepEqual(await sender.next(), draining);
    assert.deepEqual(await receiver.next(), draining);
    sender.send(1);
    assert.deepEqual(await receiver.next(), { kind: "frame", frame: Buffer.of(1) });
    receiver.ws.close();
    assert.equal(await sender.closeCode(), CloseCode.draining);
    assert.equal((await relay.exit).code, 0);
  });

  it("ends at once on a second signal", async () => {
    const relay = run(["--drain-ms", "60000", "--port", "0"]);
    const { sender } = await joinBoth(await urlOf(relay), ROOM);
    relay.child.kill("SIGTERM");
    await sender.next();
    relay.child.kill("SIGTERM");
    assert.equal((await relay.exit).code, 1);
  });

  it("reads its environment", async () => {
    const relay = run([], { SECURESHARE_RELAY_PORT: "0", SECURESHARE_RELAY_WAIT_MS: "150" });
    const waiting = await join(await urlOf(relay), ROOM, "sender");
    assert.equal(await waiting.closeCode(), CloseCode.waitedTooLong);
  });

  it("explains wrong usage and ports in use, and prints its help", async () => {
    const wrong = await run(["--port", "http"]).exit;
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /^relay: --port must be a whole number from 0 to 65535/);
    assert.equal(wrong.stdout, "");

    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(0, "127.0.0.1", resolve));
    const address = occupant.address();
    assert.ok(typeof address === "object" && address !== null);
    const taken = await run(["--port", String(address.port)]).exit;
    await new Promise((resolve) => occupant.close(resolve));
    assert.equal(taken.code, 3);
    assert.match(taken.stderr, /cannot listen on ws:\/\/127\.0\.0\.1:\d+: EADDRINUSE/);

    const help = await run(["--help"]).exit;
    assert.equal(help.code, 0);
    assert.match(help.stdout, /^Usage: relay/);
  });

  it("survives a crowd that leaves without a word", async () => {
    const relay = run(["--port", "0"]);
    const url = await urlOf(relay);
    const rooms = Array.from({ length: 60 }, (_, n) => n.toString(16).padStart(32, "0"));
    const pairs = await Promise.all(rooms.map((room) => joinBoth(url, room)));
    for (const { sender, receiver } of pairs) {
      sender.ws.terminate();
      receiver.ws.terminate();
    }
    const { sender } = await joinBoth(url, ROOM);
    const again = await join(url, "aaaaa", "sender");
    await join(url, "aaaaa", "receiver");
    assert.deepEqual(await again.next(), JOINED);
    assert.equal(sender.ws.readyState, sender.ws.OPEN);
  });
});
