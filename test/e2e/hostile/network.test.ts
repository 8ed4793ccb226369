import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { RelayServer } from "../../../relay/server";
import { type ErrorCode, toSecureShareError } from "../../../src/core/errors";
import {
  type CommonPorts,
  receiveTransfer,
  sendTransfer,
} from "../../../src/core/session/transfer";
import type { SessionCode } from "../../../src/core/wire/code";
import { nodePorts } from "../../../src/node/ports";
import { FULL } from "../../support/faults/faults";
import { HostileNetwork, refragmented, type Tampering } from "../../support/faults/hostileNetwork";
import { MemorySink, memorySource, memorySpool, type Tree } from "../../support/memory/files";
import { acceptAll, random } from "../../support/memory/session";
import { startTestServer } from "../relay/testServer";

const tree: Tree = { "a.txt": Buffer.from("content"), big: randomBytes(300_000) };
/** Through a handshake and the first records: connection, upgrade, relay's words, HELLO to M3. */
const HANDSHAKE = 4_000;
/** The bytes between two cuts of the short run: no divisor of any frame's length. */
const STEP = FULL ? 1 : 131;

const COMMON = { verify: "code-only", automated: true, keepForMs: 20_000 } as const;
const REFUSED: ReadonlySet<ErrorCode> = new Set([
  "E_RELAY_UNREACHABLE",
  "E_RELAY_REFUSED",
  "E_RELAY_PROTOCOL",
  "E_CODE_WRONG",
  "E_HANDSHAKE",
  "E_INTERRUPTED",
]);

describe("a hostile network, with real sockets", function () {
  this.timeout(FULL ? 1_800_000 : 180_000);
  let server: RelayServer;
  let network: HostileNetwork | undefined;
  before(async () => {
    // It notices within two seconds that a client has lost its way in the bytes.
    const many = { joinsPerMinute: 1_000_000, connectsPerMinute: 1_000_000 };
    const limits = { ...many, pingMs: 400, idleMs: 2_000 };
    server = await startTestServer({ limits });
  });
  afterEach(() => network?.close());
  after(() => server.close());

  /** The receiver's way to the relay does this; the sender's is good. */
  async function through(tampering: (nth: number) => Tampering): Promise<HostileNetwork> {
    await network?.close();
    network = await HostileNetwork.open(server.port, tampering);
    return network;
  }

  /** Sends `tree`; the receiver's error, if any, when both have ended. */
  async function meet(receiverUrl: string): Promise<ErrorCode | undefined> {
    const ports: CommonPorts = nodePorts();
    const ending = new AbortController();
    const ui = {
      verify: () => Promise.resolve({ kind: "confirmed" } as const),
      changed: () => Promise.resolve(false),
    };
    let shown: (code: SessionCode) => void = () => {};
    const code = new Promise<SessionCode>((resolve) => {
      shown = resolve;
    });
    const relays = [`ws://127.0.0.1:${server.port}`];
    const sent = sendTransfer(
      { ...ports, source: await memorySource(tree) },
      { ...COMMON, relays, codeLifetimeMs: 60_000, padding: true },
      { ...ui, event: (event) => event.kind === "code" && shown(event.code) },
      ending.signal,
    ).catch((error: unknown) => toSecureShareError(error).code);
    const found = await Promise.race([code, sent]);
    assert.ok(typeof found === "object" && "room" in found, "the sender has a code");
    const sink = new MemorySink();
    const attempts = { spend: () => Promise.resolve(true) };
    const failure = await receiveTransfer(
      { ...ports, random, attempts, sink: () => sink, spool: memorySpool },
      { ...COMMON, code: found, relays: [receiverUrl] },
      { ...ui, event: () => {}, decide: async (offer) => acceptAll(offer) },
      new AbortController().signal,
    ).then(
      () => undefined,
      (error: unknown) => toSecureShareError(error).code,
    );
    // A sender whose receiver came to nothing waits on.
    if (failure !== undefined) ending.abort(new Error("over"));
    await sent;
    const arrived = failure === undefined ? Object.keys(tree) : [...sink.published.keys()];
    for (const path of arrived)
      assert.deepEqual(sink.published.get(path), tree[path], `${path} is not what was sent`);
    return failure;
  }

  const endured: Readonly<Record<string, () => (nth: number) => Tampering>> = {
    "hands over every byte by itself": () => () => ({
      pass: (bytes, _, { passed }) =>
        passed > HANDSHAKE * 2 ? [bytes] : Array.from(bytes, (byte) => Uint8Array.of(byte)),
    }),
    "puts each message into twenty WebSocket frames, with pings between": () => () => {
      const refragment = refragmented(20);
      return { pass: (bytes, way) => (way === "down" ? refragment(bytes) : [bytes]) };
    },
    "ends its half in the content and keeps the other": () => (nth) => ({
      pass: (bytes, way, line) => {
        if (nth === 0 && way === "down" && line.passed > 60_000) line.client.end();
        return [bytes];
      },
    }),
    "loses a piece of the content": () => (nth) => {
      let lost = false;
      return {
        pass: (bytes, way, { passed }) => {
          if (nth > 0 || lost || way === "up" || passed < 60_000) return [bytes];
          lost = true;
          return [bytes.subarray(0, bytes.length >> 1)];
        },
      };
    },
    "says a piece of the content twice": () => (nth) => {
      let doubled = false;
      return {
        pass: (bytes, way, { passed }) => {
          if (nth > 0 || doubled || way === "up" || passed < 60_000) return [bytes];
          doubled = true;
          return [bytes, bytes];
        },
      };
    },
  };
  for (const [what, tampering] of Object.entries(endured))
    it(`that ${what}: all arrives as it was`, async () => {
      assert.equal(await meet((await through(tampering())).url), undefined);
    });

  const refused: Readonly<Record<string, Tampering>> = {
    // Who can copy a claim from a connection without TLS can take its place, and learns nothing.
    "says a connection's beginning to the relay a second time": {
      pass: (bytes, way, line) => {
        if (way === "up" && line.passed === bytes.length)
          setImmediate(() => network?.connect().resume().write(bytes));
        return [bytes];
      },
    },
    "says junk before the answer to the upgrade": {
      begin: ({ client }) => client.write("SSH-2.0-OpenSSH_9.2\r\n"),
    },
    "says junk before the request": { begin: ({ relay }) => relay.write(Buffer.alloc(4096, 7)) },
    "closes at once": { begin: ({ client }) => client.end() },
    "answers without end": {
      begin: ({ client }) => client.write(`HTTP/1.1 101 Yes\r\nA: ${"x".repeat(1_000_000)}`),
    },
  };
  for (const [what, tampering] of Object.entries(refused))
    it(`that ${what}: the receiver says so`, async () => {
      const failure = await meet((await through(() => tampering)).url);
      assert.ok(failure !== undefined && REFUSED.has(failure), failure);
    });

  it("that cuts a connection behind any byte of the handshake: an error, or all arrives", async () => {
    let [whole, failed] = [0, 0];
    for (let at = 1; at < HANDSHAKE; at += STEP) {
      const { url } = await through((nth) => ({
        pass: (bytes, _, line) => {
          if (nth > 0 || line.passed < at) return [bytes];
          setImmediate(() => line.client.resetAndDestroy());
          return [bytes.subarray(0, bytes.length - (line.passed - at))];
        },
      }));
      const failure = await meet(url);
      if (failure === undefined) whole++;
      else failed++;
      assert.ok(failure === undefined || REFUSED.has(failure), `${at}: ${failure}`);
    }
    assert.ok(whole > 0 && failed > 0, `${whole} whole, ${failed} failed`);
  });
});
