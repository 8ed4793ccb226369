import assert from "node:assert/strict";
import {
  afterFirstRecord,
  afterTag,
  type SenderSecrets,
  waitingAt,
} from "../../../../src/core/session/ratchet";

/**
 * An explorer: two sides, a network that delays, replays, reorders and drops, and a crash
 * between any two steps. Handshake instances are numbered; a secret's name is its
 * handshake's. Every reachable state is visited up to a number of handshakes.
 */
interface Message {
  type: "hello" | "m1" | "m2" | "m3" | "record";
  /** Instances of R and S, and the secret that the handshake was run with. */
  r: number;
  s: number;
  used: number;
}

interface World {
  confirmed: number;
  candidate: number;
  rSecret: number;
  rInstance: number;
  /** Whose M1 R's present instance has answered; 0 when none: it answers once. */
  rAnswered: number;
  sInstance: number;
  sFor: number;
  sUsed: number;
  /** The epoch's secret that S takes records for; 0 when none. */
  epoch: number;
  handshakes: number;
  network: Message[];
}

/** Which rules hold; the explorer must find a lock-out when one is taken out. */
interface Rules {
  dropOnHello: boolean;
  confirmUsed: boolean;
  confirmOnlyEpoch: boolean;
  durableFirst: boolean;
}
const ALL: Rules = {
  dropOnHello: true,
  confirmUsed: true,
  confirmOnlyEpoch: true,
  durableFirst: true,
};
const HANDSHAKES = 4;

const bytes = (n: number) => (n === 0 ? undefined : Uint8Array.of(n));
const number = (b: Uint8Array | undefined) => b?.[0] ?? 0;
const secretsOf = (w: World): SenderSecrets => ({
  confirmed: bytes(w.confirmed),
  candidate: bytes(w.candidate),
});
const withSecrets = (w: World, s: SenderSecrets): World => ({
  ...w,
  confirmed: number(s.confirmed),
  candidate: number(s.candidate),
});

/** A handshake's secret: the pair of instances names it. */
const secretOf = (r: number, s: number) => r * 16 + s;

function send(w: World, message: Message): World {
  const known = w.network.some((m) => JSON.stringify(m) === JSON.stringify(message));
  return known ? w : { ...w, network: [...w.network, message] };
}

function receive(w: World, m: Message, rules: Rules): World[] {
  switch (m.type) {
    case "hello": {
      const waits = waitingAt(secretsOf(w)).map(number).includes(m.used);
      if (!waits || w.handshakes >= HANDSHAKES) return [];
      const handshakes = w.handshakes + 1;
      const next = { ...w, handshakes, sInstance: handshakes, sFor: m.r, sUsed: m.used, epoch: 0 };
      return [send(next, { ...m, type: "m1", s: handshakes })];
    }
    case "m1":
      if (m.r !== w.rInstance || w.rAnswered !== 0) return [];
      return [send({ ...w, rAnswered: m.s }, { ...m, type: "m2" })];
    case "m2": {
      const current = m.s === w.sInstance && m.r === w.sFor;
      if (rules.dropOnHello && !current) return [];
      const fresh = secretOf(m.r, m.s);
      const after = afterTag(secretsOf(w), bytes(m.used), Uint8Array.of(fresh));
      const kept = rules.confirmUsed
        ? after
        : { confirmed: bytes(w.confirmed), candidate: Uint8Array.of(fresh) };
      const done = { ...withSecrets(w, kept), sInstance: 0, epoch: fresh };
      const told = send(done, { ...m, type: "m3" });
      // Without durability before M3, a crash keeps M3 and loses the write.
      return rules.durableFirst ? [told] : [told, { ...told, ...lost(w), epoch: 0 }];
    }
    case "m3": {
      if (m.r !== w.rInstance || m.s !== w.rAnswered) return [];
      const fresh = secretOf(m.r, m.s);
      return [send({ ...w, rSecret: fresh, rInstance: 0, rAnswered: 0 }, { ...m, type: "record" })];
    }
    case "record": {
      const epoch = secretOf(m.r, m.s);
      if (epoch !== w.epoch) {
        if (rules.confirmOnlyEpoch || w.candidate === 0) return [];
        return [withSecrets(w, { confirmed: bytes(w.candidate), candidate: undefined })];
      }
      return [withSecrets(w, afterFirstRecord(secretsOf(w), Uint8Array.of(epoch)))];
    }
  }
}

const lost = (w: World) => ({ confirmed: w.confirmed, candidate: w.candidate });

function steps(w: World, rules: Rules): World[] {
  const out = w.network.flatMap((m) => receive(w, m, rules));
  // R begins anew (its old instance, if any, is dropped first).
  const r = Math.max(w.rInstance, ...w.network.map((m) => m.r), 0) + 1;
  if (r <= HANDSHAKES)
    out.push(
      send({ ...w, rInstance: r, rAnswered: 0 }, { type: "hello", r, s: 0, used: w.rSecret }),
    );
  // Either side crashes: what was not durable is gone.
  out.push({ ...w, sInstance: 0, epoch: 0 }, { ...w, rInstance: 0, rAnswered: 0 });
  return out;
}

/** A reachable state in which R's secret is none of S's, or `undefined`. */
function lockOut(rules: Rules): World | undefined {
  const start: World = {
    confirmed: 0,
    candidate: 200,
    rSecret: 200,
    rInstance: 0,
    rAnswered: 0,
    sInstance: 0,
    sFor: 0,
    sUsed: 0,
    epoch: 200,
    handshakes: 0,
    network: [],
  };
  const seen = new Set<string>();
  const todo = [start];
  for (let world = todo.pop(); world !== undefined; world = todo.pop()) {
    const key = JSON.stringify({
      ...world,
      network: world.network.map((m) => JSON.stringify(m)).sort(),
    });
    if (seen.has(key)) continue;
    seen.add(key);
    if (world.rSecret !== world.confirmed && world.rSecret !== world.candidate) return world;
    if (seen.size > 400_000) throw new Error("too many states");
    todo.push(...steps(world, rules));
  }
  assert.ok(seen.size > 1_000, "the explorer went somewhere");
  return undefined;
}

describe("ratchet", () => {
  it("has no lock-out under delay, replay, reorder and crash", () => {
    assert.equal(lockOut(ALL), undefined);
  });

  for (const rule of Object.keys(ALL) as (keyof Rules)[])
    it(`has one without the rule ${rule}`, () => {
      assert.notEqual(lockOut({ ...ALL, [rule]: false }), undefined);
    });

  it("waits at the candidate first and never at more than two rooms", () => {
    const secrets = afterTag(
      { confirmed: bytes(1), candidate: bytes(2) },
      bytes(2),
      Uint8Array.of(3),
    );
    assert.deepEqual(waitingAt(secrets).map(number), [3, 2]);
  });
});
