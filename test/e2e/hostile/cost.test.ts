import assert from "node:assert/strict";
import { connect } from "node:net";
import type { RelayServer } from "../../../relay/server";
import { startTestServer } from "../relay/testServer";

/** Sends these bytes and counts what comes back until nothing has for a while. */
function answered(port: number, request: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    socket.setTimeout(500, () => socket.destroy());
    socket.on("data", (chunk) => {
      bytes += chunk.length;
    });
    socket.on("close", () => resolve(bytes));
    socket.on("error", reject);
  });
}

const upgrade = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" +
  "Sec-WebSocket-Protocol: secureshare.v1\r\n\r\n";

describe("the cost of a stranger to the relay", () => {
  let server: RelayServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const requests: Readonly<Record<string, string>> = {
    "a join": upgrade("/v1/rooms/k7qm3?role=sender"),
    "a join of an unknown room": upgrade("/v1/rooms/k7qm4?role=receiver"),
    "a join that is malformed": upgrade("/v1/rooms/k7qm3?role=both"),
    "an upgrade elsewhere": upgrade("/elsewhere"),
    junk: "junk\r\n\r\n",
  };
  for (const [what, request] of Object.entries(requests))
    it(`is less than three bytes for each byte of ${what}`, async () => {
      const bytes = await answered(server.port, request);
      const ratio = bytes / request.length;
      // The shortest answer in HTTP is longer than the shortest junk.
      assert.ok(ratio < 3 || bytes < 200, `${ratio.toFixed(1)} bytes for one`);
    });
});
