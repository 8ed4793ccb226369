/**
 * A relay in the middle that knows the code and searches for equal digits, with digits
 * shortened to the last one so that its luck can be counted.
 */
import assert from "node:assert/strict";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { concat } from "../../../../src/core/crypto/bytes";
import { generator, sessionKey, share } from "../../../../src/core/crypto/cpace";
import {
  channelIdentifier,
  commitment,
  pseudoRandomKey,
  sessionSecrets,
  tagOf,
  transcriptHash,
} from "../../../../src/core/crypto/schedule";
import {
  codeCredentials,
  ReceiverHandshake,
  SenderHandshake,
} from "../../../../src/core/session/handshake";
import { FrameType, VERSION } from "../../../../src/core/wire/frames";
import { random } from "../../../support/memory/session";

const CODE = codeCredentials("k7qm3", "x9dt2v");
const shortened = (digits: string) => digits.slice(-1);

/** What the victim S shows when the relay has run a whole handshake with it. */
function digitsOfSender(): string {
  const asReceiver = new ReceiverHandshake(CODE, random);
  const sender = SenderHandshake.start(asReceiver.hello, CODE, random);
  assert.ok(typeof sender !== "string");
  const m2 = asReceiver.answer(sender.m1);
  assert.ok(typeof m2 !== "string");
  const finished = sender.finish(m2);
  assert.ok(typeof finished !== "string");
  return finished.secrets.digits;
}

/** The relay's handshake with R, in which it can still choose what opens the commitment. */
class InPlaceOfSender {
  readonly m1: Uint8Array;
  readonly #nS = random.bytes(32);
  readonly #scalar = random.bytes(32);
  readonly #kem = ml_kem768.keygen(random.bytes(64));
  #keys: { prk: Uint8Array; th2: Uint8Array; tagR: Uint8Array } | undefined;

  constructor(
    private readonly hello: Uint8Array,
    readonly nC: Uint8Array,
  ) {
    const ci = channelIdentifier(CODE.mode, CODE.locator);
    const ya = share(this.#scalar, generator(CODE.prs, ci, this.#sid));
    const head = Uint8Array.of(FrameType.m1, VERSION);
    this.m1 = concat(head, this.#nS, ya, this.#kem.publicKey, commitment(nC));
  }

  get #sid(): Uint8Array {
    return concat(this.hello.subarray(3), this.#nS);
  }

  /** Takes R's M2: from here on every nC gives digits that can be looked at beforehand. */
  take(m2: Uint8Array): void {
    const initiator = { share: this.m1.subarray(34, 66), associatedData: this.m1.subarray(66) };
    const responder = { share: m2.subarray(2, 34), associatedData: m2.subarray(34, 1122) };
    const isk = sessionKey(this.#sid, this.#scalar, responder.share, initiator, responder);
    assert.ok(isk !== undefined);
    const kemSecret = ml_kem768.decapsulate(responder.associatedData, this.#kem.secretKey);
    const th2 = transcriptHash("th2", this.hello, this.m1, m2.subarray(0, 1122));
    this.#keys = { prk: pseudoRandomKey(th2, kemSecret, isk), th2, tagR: m2.slice(1122) };
  }

  /** What R would show, and the M3 that makes it do so. */
  with(nC: Uint8Array): { digits: string; m3: Uint8Array } {
    assert.ok(this.#keys !== undefined);
    const { prk, th2, tagR } = this.#keys;
    const th3 = transcriptHash("th3", th2, tagR, nC);
    const m3 = concat(Uint8Array.of(FrameType.m3, VERSION), nC, tagOf.sender(prk, th3));
    return { digits: sessionSecrets(prk.slice(), th3).digits, m3 };
  }
}

/** One attempt of R with the relay in the middle, up to the moment in which M3 is due. */
function attempt() {
  const receiver = new ReceiverHandshake(CODE, random);
  const relay = new InPlaceOfSender(receiver.hello, random.bytes(32));
  const m2 = receiver.answer(relay.m1);
  assert.ok(typeof m2 !== "string");
  relay.take(m2);
  return { receiver, relay };
}

/** True when R shows what S shows. */
function deceived(receiver: ReceiverHandshake, m3: Uint8Array, wanted: string): boolean {
  const secrets = receiver.finish(m3);
  return typeof secrets !== "string" && shortened(secrets.digits) === shortened(wanted);
}

/**
 * Six standard deviations around what chance alone gives: a search that always wins is far
 * beyond them, and luck gets there once in about a million runs.
 */
function assertChance(hits: number, runs: number, chance: number): void {
  const deviation = Math.sqrt(runs * chance * (1 - chance));
  const off = Math.abs(hits - runs * chance);
  assert.ok(off <= 6 * deviation, `${hits} of ${runs}, by chance ${runs * chance}`);
}

describe("a search for equal digits", function () {
  this.timeout(600_000);
  const RUNS = process.env["SECURESHARE_FULL"] === "1" ? 2_000 : 60;

  it("has one try an attempt: the relay hits as often as one throw of the dice", () => {
    let hits = 0;
    for (let run = 0; run < RUNS; run++) {
      const wanted = digitsOfSender();
      const { receiver, relay } = attempt();
      if (deceived(receiver, relay.with(relay.nC).m3, wanted)) hits++;
    }
    assertChance(hits, RUNS, 0.1);
  });

  it("gains nothing by attempts that it drops before the digits are shown, but for their number", () => {
    let hits = 0;
    for (let run = 0; run < RUNS / 2; run++) {
      const wanted = digitsOfSender();
      // R's user may try three times; the relay lets only a hit come to its end.
      for (let tries = 0; tries < 3; tries++) {
        const { receiver, relay } = attempt();
        const { digits, m3 } = relay.with(relay.nC);
        if (shortened(digits) !== shortened(wanted)) continue;
        if (deceived(receiver, m3, wanted)) hits++;
        break;
      }
    }
    assertChance(hits, RUNS / 2, 1 - 0.9 ** 3);
  });

  it("finds fitting values in no time, and none of them opens the commitment", () => {
    for (let run = 0; run < 5; run++) {
      const wanted = digitsOfSender();
      const { receiver, relay } = attempt();
      let found = relay.with(random.bytes(32));
      while (shortened(found.digits) !== shortened(wanted)) found = relay.with(random.bytes(32));
      assert.ok(!deceived(receiver, found.m3, wanted), "R shows what the relay has searched for");
    }
  });
});
