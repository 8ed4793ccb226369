import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { FRAME_MAX } from "../../../src/core/wire/limits";
import { createDialer } from "../../../src/node/socket";
import { never } from "./support";

/** A server that answers nothing by itself, a socket to it, and its end of that. */
async function connected() {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const joined = once(server, "connection") as Promise<[WebSocket]>;
  const { port } = server.address() as AddressInfo;
  const socket = await createDialer().connect(`ws://127.0.0.1:${port}`, [], never);
  const [peer] = await joined;
  const end = () => {
    peer.terminate();
    server.close();
  };
  return { socket, peer, end };
}

describe("a socket to a relay", () => {
  for (const [what, length] of [
    ["records", FRAME_MAX],
    ["small messages", 16 * 1024],
  ] as const)
    it(`is closed at once, however many ${what} are on their way to it`, async () => {
      const { socket, peer, end } = await connected();
      try {
        const count = Math.ceil((8 * 1024 * 1024) / length);
        for (let i = 0; i < count; i++) peer.send(Buffer.alloc(length));
        assert.equal((await socket.receive()).kind, "binary");
        const gone = once(peer, "close");
        socket.close();
        await gone;
        // With the answer to its close, not because it waited for that in vain.
        const last = await socket.receive();
        assert.equal(last.kind === "closed" ? last.close.code : last.kind, 1000);
      } finally {
        end();
      }
    });
});
