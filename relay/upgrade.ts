/** From an HTTP upgrade to a client of the engine. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Server as SocketServer, WebSocketServer } from "ws";
import { FRAME_MAX } from "../src/core/wire/limits";
import { SUBPROTOCOL } from "../src/core/wire/rooms";
import { refuseUpgrade } from "./answers";
import type { Connecting } from "./connecting";
import { clientOf, connect, RecordMemory, RelaySocket } from "./connection";
import type { Counters } from "./counters";
import { parseRequest } from "./join";
import type { RelayLimitOptions } from "./options";
import { originAllowed } from "./origin";
import type { TrustedProxies } from "./proxies";
import type { Relay } from "./relay";

export interface UpgradeParts {
  readonly limits: RelayLimitOptions;
  readonly origins: ReadonlySet<string>;
  /** Whether its page may be known by a host name, too. */
  readonly open: boolean;
  readonly proxies: TrustedProxies;
  readonly counters: Counters;
  readonly connecting: Connecting;
}

/** How long a closing connection may take to say so. */
export const CLOSE_MS = 2_000;

function webSocketServer(limits: RelayLimitOptions): SocketServer<typeof RelaySocket> {
  const options = {
    noServer: true,
    WebSocket: RelaySocket,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: FRAME_MAX,
    maxFragments: limits.fragments,
    maxBufferedChunks: limits.chunks,
    maxPendingAutoPongs: 16,
    closeTimeout: CLOSE_MS,
    // Text is refused whatever is in it, and close reasons are not read.
    skipUTF8Validation: true,
    handleProtocols: (offered: Set<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  } as const;
  return new WebSocketServer(options);
}

export function upgradeHandler(relay: Relay, parts: UpgradeParts) {
  const webSockets = webSocketServer(parts.limits);
  const memory = new RecordMemory();
  const refusePlainly = (socket: Duplex, reason: "origin" | "flooding") => {
    parts.counters.refused(reason);
    refuseUpgrade(socket, reason === "origin" ? 403 : 429);
  };
  return (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const parsed = parseRequest(request, parts.proxies);
    if (parsed.kind === "elsewhere") return refuseUpgrade(socket, 404);
    const { origin, host } = request.headers;
    if (!originAllowed(origin, host, parts.origins, parts.open))
      return refusePlainly(socket, "origin");
    const verdict = relay.judge(parsed);
    if (verdict.kind === "flooding") return refusePlainly(socket, "flooding");
    webSockets.handleUpgrade(request, socket, head, (ws) => {
      const client = clientOf(ws, memory);
      if (verdict.kind === "refuse") return relay.refuse(client, verdict.code, verdict.address);
      // HTTP servers give TCP or TLS sockets, whatever their types promise.
      parts.connecting.joined(socket as Socket);
      connect(
        ws,
        socket,
        { memory, pieces: parts.limits.chunks, frames: parts.limits.fragments },
        relay.join(client, verdict.join),
      );
    });
  };
}
