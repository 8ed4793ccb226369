import { base64url, concat, hex } from "../../../src/core/crypto/bytes";
import { generator, sessionKey } from "../../../src/core/crypto/cpace";
import {
  channelIdentifier,
  pseudoRandomKey,
  rendezvous,
  type SessionSecrets,
  tagOf,
  transcriptHash,
} from "../../../src/core/crypto/schedule";
import {
  type Credentials,
  codeCredentials,
  ReceiverHandshake,
  SenderHandshake,
} from "../../../src/core/session/handshake";
import { hexOf } from "../vectors";
import { fixed, scripted } from "./fixed";
import { mlKemSecret } from "./mlKem";

/** What each side draws, in the specification's names. */
function drawn(label: string) {
  const value = (name: string, length: number) => fixed(`${label} ${name}`, length);
  return {
    nR: value("nR", 32),
    nS: value("nS", 32),
    ya: value("ya", 32),
    yb: value("yb", 32),
    nC: value("nC", 32),
    kemSeed: value("kemSeed", 64),
    kemMessage: value("kemMessage", 32),
  };
}
type Drawn = ReturnType<typeof drawn>;

const senderRandom = ({ nS, ya, nC, kemSeed }: Drawn) => scripted(nS, ya, nC, kemSeed);
const receiverRandom = ({ nR, kemMessage, yb }: Drawn) => scripted(nR, kemMessage, yb);

/** A function that may change the frames on their way, and credentials that may differ. */
interface Twist {
  readonly change?: (frame: Uint8Array) => Uint8Array;
  readonly theirs?: Credentials;
}

function run(credentials: Credentials, values: Drawn, { change = (f) => f, theirs }: Twist = {}) {
  const receiver = new ReceiverHandshake(theirs ?? credentials, receiverRandom(values));
  const hello = change(receiver.hello);
  const sender = SenderHandshake.start(hello, credentials, senderRandom(values));
  if (typeof sender === "string") return { frames: [hello], sender };
  const m1 = change(sender.m1);
  const answered = receiver.answer(m1);
  if (typeof answered === "string") return { frames: [hello, m1], receiver: answered };
  const m2 = change(answered);
  const finished = sender.finish(m2);
  if (typeof finished === "string") return { frames: [hello, m1, m2], sender: finished };
  const m3 = change(finished.m3);
  return {
    frames: [hello, m1, m2, m3],
    sender: finished.secrets,
    receiver: receiver.finish(m3),
  };
}

function secretsOf(result: string | SessionSecrets | undefined): SessionSecrets {
  if (typeof result !== "object") throw new Error(`handshake failed: ${result}`);
  return result;
}

const hexes = (values: Readonly<Record<string, Uint8Array>>) =>
  Object.fromEntries(Object.entries(values).map(([name, bytes]) => [name, hexOf(bytes)]));

function agreement(name: string, credentials: Credentials, locator: string) {
  const values = drawn(name);
  const { frames, sender, receiver } = run(credentials, values);
  const [hello, m1, m2, m3] = frames;
  if (hello === undefined || m1 === undefined || m2 === undefined || m3 === undefined)
    throw new Error("too few frames");
  const secrets = secretsOf(sender);
  if (secretsOf(receiver).digits !== secrets.digits) throw new Error("two codes");
  const sid = concat(values.nR, values.nS);
  const ci = channelIdentifier(credentials.mode, credentials.locator);
  const initiator = { share: m1.subarray(34, 66), associatedData: m1.subarray(66) };
  const responder = { share: m2.subarray(2, 34), associatedData: m2.subarray(34, 1122) };
  const isk = sessionKey(sid, values.ya, responder.share, initiator, responder);
  if (isk === undefined) throw new Error("low order");
  const kemSecret = mlKemSecret(values.kemSeed, responder.associatedData);
  const th2 = transcriptHash("th2", hello, m1, m2.subarray(0, 1122));
  const agreed = hexes({ ISK: isk, kemSecret });
  const prk = pseudoRandomKey(th2, kemSecret, isk);
  const tagR = tagOf.receiver(prk, th2);
  const th3 = transcriptHash("th3", th2, tagR, values.nC);
  const { rid, senderClaim, receiverClaim } = rendezvous(secrets.psk);
  return {
    name,
    mode: credentials.mode,
    locator,
    prs: hexOf(credentials.prs),
    random: hexes(values),
    frames: hexes({ HELLO: hello, M1: m1, M2: m2, M3: m3 }),
    agreement: {
      ...hexes({ sid, CI: ci, generator: generator(credentials.prs, ci, sid) }),
      ...agreed,
    },
    schedule: hexes({ th2, PRK: prk, tagR, th3, tagS: tagOf.sender(prk, th3) }),
    secrets: {
      senderToReceiver: hexOf(secrets.senderToReceiver),
      receiverToSender: hexOf(secrets.receiverToSender),
      digits: secrets.digits,
      psk: hexOf(secrets.psk),
    },
    rendezvous: {
      rid: hex(rid),
      claims: { sender: base64url(senderClaim), receiver: base64url(receiverClaim) },
    },
  };
}

const CODE = codeCredentials("k7qm3", "x9dt2v");

/** Sets bytes of the frame of one type. */
const set = (type: number, at: number, bytes: Uint8Array) => (frame: Uint8Array) => {
  if (frame[0] !== type) return frame;
  const changed = frame.slice();
  changed.set(bytes, at);
  return changed;
};
const flip = (type: number, at: number) => (frame: Uint8Array) =>
  set(type, at, Uint8Array.of((frame[at] ?? 0) ^ 1))(frame);

/** A point of order 8 (draft-irtf-cfrg-cpace, B.1.10). */
const LOW_ORDER = Uint8Array.from(
  Buffer.from("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", "hex"),
);

const FAILURES: readonly (readonly [string, Twist])[] = [
  ["another secret", { theirs: codeCredentials("k7qm3", "x9dt2w") }],
  ["another room", { theirs: codeCredentials("k7qm4", "x9dt2v") }],
  ["another mode in HELLO", { change: set(1, 2, Uint8Array.of(1)) }],
  ["another nR", { change: flip(1, 3) }],
  ["another nS", { change: flip(2, 2) }],
  ["another Ya", { change: flip(2, 34) }],
  ["Ya is zero", { change: set(2, 34, new Uint8Array(32)) }],
  ["Ya is of order 8", { change: set(2, 34, LOW_ORDER) }],
  ["a coefficient of ek is 3329", { change: set(2, 66, Uint8Array.of(0x01, 0x0d)) }],
  ["another com", { change: flip(2, 1250) }],
  ["another Yb", { change: flip(3, 2) }],
  ["Yb is zero", { change: set(3, 2, new Uint8Array(32)) }],
  ["Yb is of order 8", { change: set(3, 2, LOW_ORDER) }],
  ["another ct", { change: flip(3, 34) }],
  ["another tagR", { change: flip(3, 1122) }],
  ["another nC", { change: flip(4, 2) }],
  ["another tagS", { change: flip(4, 34) }],
];

function failure([what, twist]: readonly [string, Twist]) {
  const { frames, sender, receiver } = run(CODE, drawn("failure"), twist);
  const reason = [sender, receiver].find((result) => typeof result === "string");
  if (reason === undefined) throw new Error(`${what}: agreed`);
  const by = reason === sender ? "sender" : "receiver";
  const { theirs } = twist;
  return {
    what,
    ...(theirs && {
      receiver: { locator: hexOf(theirs.locator), prs: hexOf(theirs.prs) },
    }),
    frames: frames.map(hexOf),
    refusedBy: by,
    reason,
  };
}

export function handshakeVectors() {
  const psk = fixed("psk", 64);
  const { rid } = rendezvous(psk);
  return {
    agreements: [
      agreement("code", CODE, hexOf(CODE.locator)),
      agreement("resume", { mode: 1, locator: rid, prs: psk }, hexOf(rid)),
    ],
    failures: {
      locator: hexOf(CODE.locator),
      prs: hexOf(CODE.prs),
      random: hexes(drawn("failure")),
      cases: FAILURES.map(failure),
    },
  };
}
