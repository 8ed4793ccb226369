import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { SecureShareError } from "../../../../src/core/errors";
import { parseDocument } from "../../../../src/core/files/journal";
import { TransferControls } from "../../../../src/core/session/controls";
import { openSecrets } from "../../../../src/core/session/memory";
import type { Role } from "../../../../src/core/wire/rooms";
import { MemorySink, memorySource, type Tree } from "../../../support/memory/files";
import { MemoryJournal } from "../../../support/memory/journal";
import { Bench, type Side } from "../../../support/memory/session";
import { wipesDuring } from "../../../support/wipes";

const tree: Tree = {
  first: randomBytes(300_000),
  "big.bin": randomBytes(3_000_000),
  last: Buffer.from("last"),
};
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Something that a user, a network or a program does when so many frames have passed. */
interface Step {
  readonly after: number;
  /** Turns of the event loop's microtasks behind that frame. */
  readonly turns: number;
  readonly who: Role;
  readonly what: "cut" | "pause" | "go on" | "cancel" | "dispose";
}

const step: fc.Arbitrary<Step> = fc.record({
  // Behind the first handshake: before it the sender waits on with its code.
  after: fc.integer({ min: 5, max: 45 }),
  turns: fc.integer({ min: 1, max: 40 }),
  who: fc.constantFrom("sender" as const, "receiver" as const),
  // A drop and a pause are worth more tries than an end, after which nothing happens.
  what: fc.constantFrom("cut", "cut", "cut", "pause", "go on", "go on", "cancel", "dispose"),
});

const CANCELLED = new SecureShareError("E_CANCELLED", { by: "us" });
/** As a closing window ends a transfer: both sides may go on later. */
const DISPOSED = new SecureShareError("E_INTERRUPTED", { reason: "stopped" });

const ALLOWED = /^(E_CANCELLED|E_INTERRUPTED|E_CODE_WRONG|E_CODE_UNKNOWN|E_HANDSHAKE)$/;

/** Gives every resume secret that either journal has held. */
async function play(steps: readonly Step[]): Promise<readonly Uint8Array[]> {
  const bench = new Bench();
  const sink = new MemorySink();
  const journals = { sender: new MemoryJournal(), receiver: new MemoryJournal() };
  const sealed = new Set<string>();
  const unreadable: unknown[] = [];
  for (const journal of Object.values(journals)) {
    const { save } = journal;
    journal.save = async (document) => {
      await save(document);
      const kept = parseDocument(journal.document ?? "");
      if (kept === undefined) unreadable.push(journal.document);
      else sealed.add(kept.sealed);
    };
  }
  const controls = { sender: new TransferControls(), receiver: new TransferControls() };
  const sides: Partial<Record<Role, Side>> = {};
  const act = async ({ turns, who, what }: Step, room: string) => {
    for (let i = 0; i < turns; i++) await Promise.resolve();
    if (what === "cut") bench.relay.cut(room, who);
    else if (what === "pause" || what === "go on") controls[who].setPaused(what === "pause");
    else sides[who]?.cancel(what === "cancel" ? CANCELLED : DISPOSED);
  };
  let frames = 0;
  bench.relay.tap = (_, frame, room) => {
    const due = steps.filter(({ after }) => after === frames);
    frames++;
    for (const one of due) void act(one, room);
    return [frame];
  };
  const options = (who: Role) => ({
    keepForMs: 60_000,
    controls: controls[who],
    journal: journals[who],
  });
  const sender = bench.send(await memorySource(tree), options("sender"));
  sides.sender = sender;
  const receiver = bench.receive(await sender.code, { ...options("receiver"), sink });
  sides.receiver = receiver;
  const over = { sides: 0 };
  for (const side of [sender, receiver]) side.outcome.finally(() => over.sides++).catch(() => {});
  for (let i = 0; i < 400 && over.sides < 2; i++) {
    await bench.clock.advance(500);
    // Whoever paused goes on in the end, so that everything can come to one.
    if (i >= 20) for (const who of ["sender", "receiver"] as const) controls[who].setPaused(false);
  }
  assert.equal(over.sides, 2, "both sides end");
  for (const side of [sender, receiver]) {
    const failure: unknown = await side.outcome.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure === undefined) continue;
    assert.ok(failure instanceof SecureShareError);
    assert.match(failure.code, ALLOWED);
  }
  for (const [path, content] of sink.published) {
    const sent = tree[path];
    assert.ok(content instanceof Uint8Array && sent instanceof Uint8Array);
    assert.equal(sha256(content), sha256(sent), path);
  }
  assert.equal(new Set(sink.publishes).size, sink.publishes.length, "published once");
  assert.deepEqual(unreadable, [], "a document that no later run could read");
  const opened = await Promise.all([...sealed].map((one) => openSecrets(journals.sender, one)));
  return opened.flatMap((one) => one?.psks ?? []);
}

describe("cancel, cut, pause, resume and dispose raced against each other", function () {
  this.timeout(600_000);

  it("come to an end on both sides, with nothing wrong published and no key left", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        await play(steps);
      }),
      {
        numRuns: process.env["SECURESHARE_FULL"] === "1" ? 500 : 100,
        seed: 5,
      },
    );
  });

  it("leave no resume secret in memory, whoever ends it and when", async () => {
    for (const what of ["cancel", "dispose", "cut"] as const)
      for (const who of ["sender", "receiver"] as const) {
        let psks: readonly Uint8Array[] = [];
        const wiped = await wipesDuring(async () => {
          psks = await play([{ after: 9, turns: 1, who, what }]);
        });
        assert.ok(psks.length > 0);
        // At least the handshake's copy and the one that was kept for a resume.
        for (const psk of psks) assert.ok(wiped(psk) >= 2, `${what} by the ${who}`);
      }
  });
});
