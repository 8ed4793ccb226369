import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { parseRelayMessage } from "../../../src/core/wire/relayMessages";
import { CLAIM_PREFIX, roomUrl, SUBPROTOCOL } from "../../../src/core/wire/rooms";
import { EmbeddedRelay } from "../../../src/host/embeddedRelay";
import { createEngine } from "../../../src/host/engine";
import { LiveSettings } from "../../../src/host/liveSettings";
import { RelayCommands } from "../../../src/host/relayCommands";
import { memoryKeyring } from "../../support/memory/keyring";
import { eventually } from "../../support/vscode/eventually";
import { PATIENCE_MS } from "../../support/vscode/patience";

const ROOM = "k7qm3";

/** Whether a sender with this claim is let into a code room of the relay. */
function admitted(port: number, claim: string | undefined): Promise<boolean> {
  const protocols = [SUBPROTOCOL, ...(claim === undefined ? [] : [CLAIM_PREFIX + claim])];
  const socket = new WebSocket(roomUrl(`ws://127.0.0.1:${port}`, ROOM, "sender"), protocols);
  return new Promise((resolve) => {
    socket.on("message", (data: Buffer) => {
      resolve(parseRelayMessage(data.toString())?.type === "hello");
      socket.close();
    });
    socket.on("close", () => resolve(false));
    socket.on("error", () => resolve(false));
  });
}

function refuses(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.on("error", () => resolve(true));
  });
}

const idle = () => undefined;
const onLoopback = {
  kind: "embedded",
  bind: "127.0.0.1",
  announced: "127.0.0.1",
  port: 0,
  reach: "this-computer",
} as const;

function engineIn(stateFolder: string) {
  const { secrets, memory } = memoryKeyring();
  return createEngine({
    stateFolder,
    window: "",
    secrets,
    memory,
    session: "first",
    pageFolder: "",
  });
}

describe("the relay inside the extension host", () => {
  let folder: string;
  let relay: EmbeddedRelay;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "secureshare-relay-"));
    relay = new EmbeddedRelay(engineIn(folder).startRelay, () => {});
  });
  afterEach(async () => {
    await relay.stop();
    await rm(folder, { recursive: true });
  });

  it("listens while a transfer needs it, and only then", async () => {
    const lease = await relay.lease("127.0.0.1", 0);
    assert.equal(await refuses(lease.port), false);
    await lease.release();
    assert.equal(await refuses(lease.port), true);
  });

  it("makes rooms for this window's transfers only", async () => {
    const { port, claim } = await relay.lease("127.0.0.1", 0);
    assert.equal(await admitted(port, undefined), false);
    assert.equal(await admitted(port, "AAAAAAAAAAAAAAAAAAAAAA"), false);
    assert.equal(await admitted(port, claim), true);
  });

  it("is started once by a user who asks for it twice at once", async () => {
    let asked = 0;
    const settings = new LiveSettings();
    const choose = async () => {
      asked += 1;
      return onLoopback;
    };
    const commands = new RelayCommands({ relay, routes: { choose }, settings });
    // Each ends with its message, which nobody closes.
    void commands.start();
    void commands.start();
    await eventually(PATIENCE_MS, async () => assert.equal(relay.listening.length, 1));
    assert.deepEqual([asked, relay.leases], [1, 1]);
    settings.dispose();
  });

  it("is stopped without a question while it starts, and starts anew", async () => {
    const listening: (() => void)[] = [];
    const slow = new EmbeddedRelay(async () => {
      await new Promise<void>((resolve) => listening.push(resolve));
      return { port: 4711, close: async () => undefined };
    }, idle);
    const settings = new LiveSettings();
    const choose = async () => onLoopback;
    const commands = new RelayCommands({ relay: slow, routes: { choose }, settings });
    const starts = async (times: number) => {
      void commands.start();
      while (listening.length < times) await new Promise(setImmediate);
    };
    await starts(1);
    const stopping = commands.stop();
    listening[0]?.();
    await stopping;
    assert.equal(slow.leases, 0);
    await starts(2);
    listening[1]?.();
    await commands.stop();
    assert.deepEqual(slow.listening, []);
    settings.dispose();
  });

  it("says so when its port is taken", async () => {
    const { port } = await relay.lease("127.0.0.1", 0);
    const other = new EmbeddedRelay(engineIn(folder).startRelay, () => {});
    await assert.rejects(other.lease("127.0.0.1", port), { code: "E_CANNOT_LISTEN" });
    assert.equal(other.leases, 0);
  });
});
