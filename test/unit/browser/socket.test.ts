import assert from "node:assert/strict";
import { browserDialer } from "../../../src/browser/socket";

const never = new AbortController().signal;

/** A browser's WebSocket that is open at once, and whose other end never answers a close. */
class SilentWebSocket extends EventTarget {
  static readonly OPEN = 1;
  static last: SilentWebSocket | undefined;
  readyState = 0;
  readonly bufferedAmount = 0;
  binaryType = "blob";

  constructor() {
    super();
    SilentWebSocket.last = this;
    queueMicrotask(() => {
      this.readyState = 1;
      this.dispatchEvent(new Event("open"));
    });
  }

  hear(data: string | ArrayBuffer): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  close(): void {
    this.readyState = 2;
  }
}

describe("a page's socket", () => {
  const given = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
  const events = ["addEventListener", "removeEventListener"] as const;
  before(() => {
    const window = Object.fromEntries(events.map((name) => [name, () => {}]));
    Object.defineProperty(globalThis, "WebSocket", { value: SilentWebSocket, configurable: true });
    Object.assign(globalThis, window);
  });
  after(() => {
    for (const name of events) Reflect.deleteProperty(globalThis, name);
    Reflect.deleteProperty(globalThis, "WebSocket");
    if (given !== undefined) Object.defineProperty(globalThis, "WebSocket", given);
  });

  async function open() {
    const socket = await browserDialer.connect("ws://relay.test/", [], never);
    const ws = SilentWebSocket.last;
    assert.ok(ws);
    return { socket, ws };
  }

  it("ends when it is closed, whatever the other end does", async () => {
    const { socket, ws } = await open();
    ws.hear("greeting");
    assert.deepEqual(await socket.receive(), { kind: "text", text: "greeting" });
    const pending = socket.receive();
    socket.close();
    assert.deepEqual(await pending, { kind: "closed", close: { code: 1000 } });
    await assert.rejects(socket.send(new Uint8Array(1)), /socket closed/);
    assert.deepEqual(await socket.receive(), { kind: "closed", close: { code: 1000 } });
  });

  for (const [what, data, most] of [
    ["empty texts", "", 300_000],
    ["empty records", new ArrayBuffer(0), 300_000],
    ["full records", new ArrayBuffer(256 * 1024), 150],
  ] as const)
    it(`ends a relay that sends ${what} without end to nobody who reads`, async () => {
      const { ws } = await open();
      let heard = 0;
      while (ws.readyState === SilentWebSocket.OPEN && heard < most) {
        ws.hear(data);
        heard++;
      }
      assert.ok(heard > 100 && heard < most, String(heard));
    });
});
