import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type EmbeddedRelay, startEmbeddedRelay } from "../../../relay/embedded";
import type { RelayLimitOptions } from "../../../relay/options";
import { CLOSE_MS } from "../../../relay/upgrade";
import { CloseCode } from "../../../src/core/wire/closeCodes";
import { FRAME_MAX, UNPAIRED_MAX } from "../../../src/core/wire/limits";
import { CLAIM_PREFIX, SUBPROTOCOL } from "../../../src/core/wire/rooms";
import {
  dial,
  JOINED,
  join,
  joinBoth,
  LEFT,
  newClaim,
  type Peer,
  refusal,
  refusalOf,
} from "./peer";

const CODE_ROOM = "k7qm3";
const resumeRoom = (n: number) => n.toString(16).padStart(32, "0");

/** The TCP socket below a peer's WebSocket, for frames that ws would not write. */
async function rawSocket(relay: string, room: string): Promise<{ peer: Peer; socket: Socket }> {
  const peer = dial(`${relay}/v1/rooms/${room}?role=sender`);
  const socket = await new Promise<Socket>((resolve) => {
    peer.ws.once("upgrade", (response) => resolve(response.socket));
  });
  await peer.next();
  return { peer, socket };
}

/** Header of a masked client frame (RFC 6455, section 5.2), with a mask of zeros. */
function header(firstByte: number, length: number): Buffer {
  const bytes = Buffer.alloc(14);
  bytes[0] = firstByte;
  bytes[1] = 0xff;
  bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}

/** What an HTTP request on a fresh connection is answered, up to the end. */
function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    let answer = "";
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
  });
}

function get(path: string, ...headers: string[]): string {
  return [`GET ${path} HTTP/1.1`, "Host: relay.example", ...headers, "", ""].join("\r\n");
}

const UPGRADE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
];

describe("relay: hostile clients", function () {
  this.timeout(60_000);
  let relay: EmbeddedRelay;
  const start = async (limits: Partial<RelayLimitOptions> = {}) => {
    relay = await startEmbeddedRelay({
      host: "127.0.0.1",
      port: 0,
      mayCreate: () => true,
      ...limits,
    });
  };
  afterEach(() => relay.close());

  describe("messages", () => {
    const attacks: readonly (readonly [string, (peer: Peer) => void])[] = [
      ["text", (peer) => peer.ws.send("hello")],
      ["a frame over the longest", (peer) => peer.ws.send(Buffer.alloc(FRAME_MAX + 1))],
      [
        "more fragments than allowed",
        (peer) => {
          for (let i = 0; i < 257; i += 1) peer.ws.send(Buffer.alloc(1), { fin: false });
        },
      ],
      [
        "fragments over the longest frame",
        (peer) => {
          for (let i = 0; i < 5; i += 1) peer.ws.send(Buffer.alloc(FRAME_MAX / 4), { fin: false });
        },
      ],
    ];
    for (const [what, attack] of attacks) {
      it(`${what}, alone`, async () => {
        await start();
        const peer = await join(relay.url, CODE_ROOM, "sender");
        attack(peer);
        assert.equal(await refusalOf(peer), CloseCode.badMessage);
      });
      it(`${what}, with a peer, who is told`, async () => {
        await start();
        const { sender, receiver } = await joinBoth(relay.url, CODE_ROOM);
        attack(sender);
        assert.equal(await refusalOf(sender), CloseCode.badMessage);
        assert.deepEqual(await receiver.next(), LEFT);
      });
    }

    it("takes 4 KiB without a peer, and no more", async () => {
      await start();
      const peer = await join(relay.url, CODE_ROOM, "sender");
      peer.ws.send(Buffer.alloc(UNPAIRED_MAX - 100));
      assert.equal(await new Promise((resolve) => peer.ws.ping(() => resolve("open"))), "open");
      peer.ws.send(Buffer.alloc(200));
      assert.equal(await refusalOf(peer), CloseCode.badMessage);
    });

    it("counts bytes of a frame that never ends", async () => {
      await start();
      const { peer, socket } = await rawSocket(relay.url, CODE_ROOM);
      socket.write(Buffer.concat([header(0x82, FRAME_MAX), Buffer.alloc(UNPAIRED_MAX)]));
      assert.equal(await refusalOf(peer), CloseCode.badMessage);
    });

    // Records are taken off the network by us, smaller frames by `ws`.
    for (const [what, length] of [
      ["record", FRAME_MAX],
      ["small frame", 4096],
    ] as const)
      it(`a ${what} that trickles in more pieces than allowed, with a peer, who is told`, async () => {
        await start({ chunks: 64 });
        const { peer, socket } = await rawSocket(relay.url, CODE_ROOM);
        const receiver = await join(relay.url, CODE_ROOM, "receiver");
        assert.deepEqual([await peer.next(), await receiver.next()], [JOINED, JOINED]);
        socket.setNoDelay(true);
        socket.write(header(0x82, length));
        const refused = refusalOf(peer);
        const trickle = setInterval(() => socket.write(Buffer.alloc(1)), 1);
        assert.equal(await refused.finally(() => clearInterval(trickle)), CloseCode.badMessage);
        assert.deepEqual(await receiver.next(), LEFT);
      });

    it("an opcode that does not exist, and a length of 2^62", async () => {
      await start();
      for (const [room, bytes] of [
        ["aaaaa", header(0x83, 1)],
        ["bbbbb", header(0x82, 2 ** 62)],
      ] as const) {
        const { peer, socket } = await rawSocket(relay.url, room);
        socket.write(bytes);
        assert.equal(await refusalOf(peer), CloseCode.badMessage);
      }
    });
  });

  describe("ends", () => {
    /** A client without a WebSocket library, which does only what it is told. */
    const bareSender = async (): Promise<{ socket: Socket; receiver: Peer }> => {
      // So that no ping without an answer tells of its end.
      await start({ idleMs: 86_400_000 });
      const socket = connect({ port: relay.port, host: "127.0.0.1", allowHalfOpen: true });
      const protocol = `Sec-WebSocket-Protocol: ${SUBPROTOCOL}`;
      socket.write(get(`/v1/rooms/${CODE_ROOM}?role=sender`, ...UPGRADE, protocol));
      await once(socket, "data");
      const receiver = await join(relay.url, CODE_ROOM, "receiver");
      assert.deepEqual(await receiver.next(), JOINED);
      return { socket, receiver };
    };
    const ends: readonly (readonly [string, (socket: Socket) => void])[] = [
      ["says Close and stays", (socket) => socket.write(Buffer.of(0x88, 0x80, 0, 0, 0, 0))],
      ["closes its half of the connection", (socket) => socket.end()],
      ["resets the connection", (socket) => socket.resetAndDestroy()],
    ];
    for (const [how, end] of ends)
      it(`tells the peer at once when a client ${how}`, async () => {
        // Not only once the relay has ended the connection by itself; a busy machine may try again.
        let took = Number.POSITIVE_INFINITY;
        for (let tries = 0; tries < 3 && took >= CLOSE_MS; tries++) {
          if (tries > 0) await relay.close();
          const { socket, receiver } = await bareSender();
          const started = performance.now();
          end(socket);
          assert.deepEqual(await receiver.next(), LEFT);
          took = performance.now() - started;
          socket.destroy();
        }
        assert.ok(took < CLOSE_MS, `${took} ms`);
      });
  });

  describe("joins", () => {
    const url = (path: string) => `${relay.url}${path}`;

    it("refuses wrong roles, subprotocols and claims as bad requests", async () => {
      await start();
      const room = `/v1/rooms/${CODE_ROOM}`;
      const claim = newClaim();
      for (const [query, protocols] of [
        ["", [SUBPROTOCOL]],
        ["?role=admin", [SUBPROTOCOL]],
        ["?role=sender&role=receiver", [SUBPROTOCOL]],
        ["?role=sender", []],
        ["?role=sender", [SUBPROTOCOL, `${CLAIM_PREFIX}short`]],
        ["?role=sender", [SUBPROTOCOL, CLAIM_PREFIX + claim, CLAIM_PREFIX + newClaim()]],
      ] as const)
        assert.equal(
          await refusalOf(dial(url(room + query), { protocols })),
          CloseCode.badRequest,
          query,
        );
      assert.equal(relay.stats().waiting, 0);
    });

    it("never selects or echoes the claim", async () => {
      await start();
      const claim = newClaim();
      const peer = await join(relay.url, CODE_ROOM, "sender", { claim });
      assert.equal(peer.ws.protocol, SUBPROTOCOL);
    });

    it("refuses a receiver whose code room nobody opened", async () => {
      await start();
      assert.equal(await refusal(relay.url, CODE_ROOM, "receiver"), CloseCode.unknownRoom);
    });

    it("refuses newcomers when full, in total and for an address, and evicts nobody", async () => {
      await start({ waitingRooms: 2 });
      const peers = [1, 2].map((n) => join(relay.url, resumeRoom(n), "sender"));
      const [first] = await Promise.all(peers);
      assert.equal(await refusal(relay.url, resumeRoom(3), "sender"), CloseCode.full);
      await join(relay.url, resumeRoom(1), "receiver");
      assert.deepEqual(await first?.next(), JOINED);
      await relay.close();

      await start({ waitingRoomsPerAddress: 1 });
      await join(relay.url, resumeRoom(1), "receiver");
      assert.equal(await refusal(relay.url, CODE_ROOM, "sender"), CloseCode.full);
      await join(relay.url, resumeRoom(1), "sender");
      await join(relay.url, CODE_ROOM, "sender");
    });

    it("refuses a peer when there are too many pairs", async () => {
      await start({ sessions: 1 });
      await joinBoth(relay.url, resumeRoom(1));
      const waiting = await join(relay.url, resumeRoom(2), "sender");
      assert.equal(await refusal(relay.url, resumeRoom(2), "receiver"), CloseCode.full);
      assert.equal(waiting.ws.readyState, waiting.ws.OPEN);
    });

    it("limits joins by address, says so, and answers a flood with plain HTTP only", async () => {
      await start({ joinsPerMinute: 2 });
      const path = `/v1/rooms/${resumeRoom(1)}?role=sender`;
      await join(relay.url, resumeRoom(1), "sender");
      await join(relay.url, resumeRoom(2), "sender");
      for (let i = 0; i < 2; i += 1)
        assert.equal(await refusal(relay.url, resumeRoom(3), "sender"), CloseCode.rateLimited);
      const answer = await exchange(relay.port, get(path, ...UPGRADE));
      assert.match(answer, /^HTTP\/1\.1 429 /);
    });

    it("makes searching for rooms expensive", async () => {
      await start({ joinsPerMinute: 10, unknownRoomCost: 5 });
      for (const room of ["aaaaa", "bbbbb"])
        assert.equal(await refusal(relay.url, room, "receiver"), CloseCode.unknownRoom);
      assert.equal(await refusal(relay.url, "ccccc", "receiver"), CloseCode.rateLimited);
    });

    it("does not count those who come back with their claim", async () => {
      await start({ joinsPerMinute: 2 });
      const claim = newClaim();
      let last = await join(relay.url, CODE_ROOM, "sender", { claim });
      for (let i = 0; i < 10; i += 1) {
        const next = await join(relay.url, CODE_ROOM, "sender", { claim });
        assert.equal(await refusalOf(last), CloseCode.replaced);
        last = next;
      }
    });

    it("ends those who wait too long, and those who do not answer pings", async () => {
      await start({ waitMs: 200 });
      const waiting = await join(relay.url, CODE_ROOM, "sender");
      assert.equal(await refusalOf(waiting), CloseCode.waitedTooLong);
      await relay.close();

      // Long enough for a busy machine to hear of those who do answer.
      await start({ pingMs: 50, idleMs: 2_000 });
      const { sender, receiver } = await joinBoth(relay.url, CODE_ROOM);
      sender.ws.pause();
      assert.deepEqual(await receiver.next(), LEFT);
      sender.ws.resume();
      assert.equal(await sender.closeCode(), CloseCode.idle);
    });

    it("lets no website in but its own page", async () => {
      await start();
      const path = `/v1/rooms/${CODE_ROOM}?role=sender`;
      for (const origin of ["https://evil.example", "null", "http://relay.example"]) {
        const answer = await exchange(relay.port, get(path, ...UPGRADE, `Origin: ${origin}`));
        assert.match(answer, /^HTTP\/1\.1 403 /, origin);
      }
      await join(relay.url, CODE_ROOM, "sender", { origin: relay.url.replace("ws:", "http:") });
    });
  });

  describe("HTTP", () => {
    it("answers plainly whatever is no WebSocket", async () => {
      await start();
      for (const [request, status] of [
        [get("/healthz"), 200],
        [get("/behind/a/proxy/healthz"), 200],
        [get(`/v1/rooms/${CODE_ROOM}?role=sender`), 426],
        [get("/nothing"), 404],
        [get("/v1/rooms/TOOLONG"), 404],
        [get("/nothing", ...UPGRADE), 404],
        [get("/v1/rooms/k7qm3/more?role=sender", ...UPGRADE), 404],
        [get("/healthz").replace("GET", "POST"), 405],
        [get(`/v1/rooms/${CODE_ROOM}?role=sender`, ...UPGRADE.slice(0, 3)), 400],
        ["junk\r\n\r\n", 400],
        [get("/healthz", `X: ${"x".repeat(20_000)}`), 431],
      ] as const)
        assert.match(
          await exchange(relay.port, request),
          new RegExp(`^HTTP/1\\.1 ${status} `),
          request.slice(0, 60),
        );
    });

    it("tells whoever opens a link in a browser what to do with it", async () => {
      await start();
      for (const path of ["/", "/behind/a/proxy/"]) {
        const page = await exchange(relay.port, get(path));
        assert.match(page, /^HTTP\/1\.1 200 [^]*text\/plain[^]*"SecureShare: Receive/);
      }
    });

    it("ends a connection that does not finish its headers", async () => {
      await start({ headerMs: 200 });
      const answer = await exchange(relay.port, "GET /healthz HTTP/1.1\r\nHost: a\r\n");
      assert.match(answer, /^HTTP\/1\.1 408 /);
    });
  });
});
