import assert from "node:assert/strict";
import fc from "fast-check";
import { CloseCode } from "../../../src/core/wire/closeCodes";
import type { Role } from "../../../src/core/wire/rooms";
import { CODE_ROOM, FakeClient, fakeRelay, RESUME_ROOM } from "./fakeClient";

interface Guest {
  readonly client: FakeClient;
  readonly role: Role;
  readonly number: number;
  /** How often it was told `joined`, and how many frames it has sent since. */
  pairings: number;
  sent: number;
}

type Step =
  /** `prompt`: everybody reads the news at once. */
  | {
      readonly do: "join";
      readonly role: Role;
      readonly claim: string | undefined;
      readonly prompt: boolean;
    }
  | { readonly do: "leave" | "flush" | "answer"; readonly who: number }
  | { readonly do: "send"; readonly who: number; readonly count: number };

const who = fc.nat({ max: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("join" as const),
    role: fc.constantFrom("sender" as const, "receiver" as const),
    claim: fc.constantFrom("claim-a", "claim-b", undefined),
    prompt: fc.boolean(),
  }),
  fc.record({ do: fc.constantFrom("leave" as const, "flush" as const, "answer" as const), who }),
  fc.record({ do: fc.constant("send" as const), who, count: fc.integer({ min: 1, max: 150 }) }),
);

/**
 * Plays steps against the engine. A frame names its sender, the pairing in which it was sent and its
 * place in it, so that whoever receives it can tell what is out of order.
 */
class Play {
  private readonly fake = fakeRelay({ joinsPerMinute: 1_000_000 });
  private readonly guests: Guest[] = [];

  constructor(private readonly room: string) {}

  run(steps: readonly Step[]): void {
    for (const one of steps) {
      this.step(one);
      this.checkCounts();
    }
    for (const guest of this.guests) checkOrder(guest, this.guests);
  }

  private present(): Guest[] {
    return this.guests.filter(({ client }) => client.closedWith === undefined);
  }

  private step(one: Step): void {
    if (one.do === "join") {
      this.join(one.role, one.claim);
      if (one.prompt) for (const guest of this.present()) this.answer(guest);
      return;
    }
    const present = this.present();
    const guest = present[one.who % Math.max(present.length, 1)];
    if (guest === undefined) return;
    if (one.do === "send") this.send(guest, one.count);
    else if (one.do === "leave") this.leave(guest);
    else if (one.do === "flush") guest.client.flush();
    else this.answer(guest);
  }

  private join(role: Role, claim: string | undefined): void {
    const client = new FakeClient({ slow: true, deaf: true });
    const before = this.present();
    const heard = before.map((guest) => guest.client.received.length);
    this.guests.push({ client, role, number: this.guests.length, pairings: 0, sent: 0 });
    this.fake.join(client, role, { room: this.room, claim });
    const refused = client.closedWith;
    if (refused !== CloseCode.occupied && refused !== CloseCode.unknownRoom) return;
    // Whoever was refused has disturbed nobody.
    assert.ok(before.every((guest) => guest.client.closedWith === undefined));
    assert.deepEqual(
      before.map((guest) => guest.client.received.length),
      heard,
    );
  }

  private leave({ client }: Guest): void {
    client.closedWith = CloseCode.normal;
    client.events?.closed();
  }

  /** The client reads up to here: what it sends from now on belongs to its present pairing. */
  private answer(guest: Guest): void {
    const pairings = guest.client.received.filter((one) => one === "joined").length;
    if (pairings !== guest.pairings) guest.sent = 0;
    guest.pairings = pairings;
    guest.client.answerPings();
  }

  private send(guest: Guest, count: number): void {
    for (let i = 0; i < count; i += 1) {
      const tag = `${guest.number} ${guest.pairings} ${guest.sent}`;
      guest.sent += 1;
      guest.client.events?.frame(Buffer.from(tag));
    }
  }

  private checkCounts(): void {
    const roles = this.present().map(({ role }) => role);
    assert.ok(roles.filter((role) => role === "sender").length <= 1, "two senders");
    assert.ok(roles.filter((role) => role === "receiver").length <= 1, "two receivers");
  }
}

/** In each pairing: frames of one other side, of one pairing of its, from the first without a gap. */
function checkOrder({ client, role, number }: Guest, guests: readonly Guest[]): void {
  let from: string | undefined;
  let expected = 0;
  let joined = false;
  for (const one of client.received) {
    if (typeof one === "string") {
      joined = one === "joined";
      from = undefined;
      expected = 0;
      continue;
    }
    const [other, pairing, place] = one.toString().split(" ");
    assert.ok(joined, "a frame outside a pairing");
    assert.notEqual(guests[Number(other)]?.role, role, `own frame at ${number}`);
    from ??= `${other} ${pairing}`;
    assert.equal(`${other} ${pairing}`, from, "frames of two pairings in one");
    assert.equal(Number(place), expected, "a frame lost or out of order");
    expected += 1;
  }
}

describe("relay: properties of a room", function () {
  this.timeout(20_000);
  for (const [kind, room] of [
    ["code", CODE_ROOM],
    ["resume", RESUME_ROOM],
  ] as const)
    it(`${kind} room: one of each role, frames in order, nobody disturbed by a third`, () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) =>
          new Play(room).run(steps),
        ),
        { numRuns: 500 },
      );
    });
});
