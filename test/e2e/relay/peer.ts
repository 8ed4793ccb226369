/** A client of the relay, for tests: what arrives is read one event after the other. */
import { randomBytes } from "node:crypto";
import { WebSocket } from "ws";
import { parseRelayMessage, type RelayMessage } from "../../../src/core/wire/relayMessages";
import { CLAIM_PREFIX, type Role, roomUrl, SUBPROTOCOL } from "../../../src/core/wire/rooms";

export type Arrival =
  | { readonly kind: "said"; readonly message: RelayMessage }
  | { readonly kind: "frame"; readonly frame: Buffer }
  | { readonly kind: "closed"; readonly code: number };

export interface Peer {
  readonly ws: WebSocket;
  /** The next arrival; waits for it. After the end always `closed`. */
  next(): Promise<Arrival>;
  /** Reads on to the end, and gives the close code. */
  closeCode(): Promise<number>;
  send(...bytes: number[]): void;
}

export interface JoinOptions {
  readonly claim?: string;
  readonly protocols?: readonly string[];
  readonly origin?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM of the one certificate that is taken. */
  readonly ca?: string;
  /** Address to connect from. */
  readonly from?: string;
}

export const JOINED: Arrival = { kind: "said", message: { type: "peer", state: "joined" } };
export const LEFT: Arrival = { kind: "said", message: { type: "peer", state: "left" } };

export function newClaim(): string {
  return randomBytes(16).toString("base64url");
}

function arrivalsOf(ws: WebSocket): () => Promise<Arrival> {
  const arrived: Arrival[] = [];
  let wake: () => void = () => undefined;
  let end: Arrival | undefined;
  const add = (arrival: Arrival) => {
    arrived.push(arrival);
    wake();
  };
  ws.on("message", (data: Buffer, isBinary) => {
    if (isBinary) return add({ kind: "frame", frame: data });
    const message = parseRelayMessage(data.toString());
    if (message !== undefined) add({ kind: "said", message });
  });
  ws.on("error", () => undefined);
  ws.on("close", (code) => {
    end = { kind: "closed", code };
    wake();
  });
  return async () => {
    for (;;) {
      const next = arrived.shift() ?? end;
      if (next !== undefined) return next;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
}

/** Connects without waiting for anything. */
export function dial(url: string, options: JoinOptions = {}): Peer {
  const { protocols, claim, origin, headers, ca, from } = options;
  const offered = [
    ...(protocols ?? [SUBPROTOCOL]),
    ...(claim === undefined ? [] : [CLAIM_PREFIX + claim]),
  ];
  const ws = new WebSocket(url, offered, {
    perMessageDeflate: false,
    ...(origin === undefined ? {} : { origin }),
    ...(headers === undefined ? {} : { headers }),
    ...(ca === undefined ? {} : { ca }),
    ...(from === undefined ? {} : { localAddress: from }),
  });
  const next = arrivalsOf(ws);
  const closeCode = async () => {
    for (;;) {
      const arrival = await next();
      if (arrival.kind === "closed") return arrival.code;
    }
  };
  return { ws, next, closeCode, send: (...bytes) => ws.send(Uint8Array.from(bytes)) };
}

/** Joins a room and reads the relay's greeting. */
export async function join(
  relay: string,
  room: string,
  role: Role,
  options: JoinOptions = {},
): Promise<Peer> {
  const peer = dial(roomUrl(relay, room, role), options);
  const first = await peer.next();
  if (first.kind === "said" && first.message.type === "hello") return peer;
  peer.ws.terminate();
  throw new Error(`no greeting but ${JSON.stringify(first)}`);
}

/** Joins where a refusal is expected: the `error` said and the close code, which must agree. */
export async function refusal(
  relay: string,
  room: string,
  role: Role,
  options: JoinOptions = {},
): Promise<number> {
  return refusalOf(dial(roomUrl(relay, room, role), options));
}

export async function refusalOf(peer: Peer): Promise<number> {
  const first = await peer.next();
  const code = await peer.closeCode();
  if (first.kind !== "said" || first.message.type !== "error" || first.message.code !== code)
    throw new Error(`closed with ${code} after ${JSON.stringify(first)}`);
  return code;
}

/** A sender and a receiver who have both heard that the other one is there. */
export async function joinBoth(
  relay: string,
  room: string,
  claims: { readonly sender?: string; readonly receiver?: string } = {},
  from?: string,
): Promise<{ sender: Peer; receiver: Peer }> {
  const optionsOf = (role: Role): JoinOptions => {
    const claim = claims[role];
    return { ...(claim === undefined ? {} : { claim }), ...(from === undefined ? {} : { from }) };
  };
  const sender = await join(relay, room, "sender", optionsOf("sender"));
  const receiver = await join(relay, room, "receiver", optionsOf("receiver"));
  await Promise.all([sender.next(), receiver.next()]);
  return { sender, receiver };
}
