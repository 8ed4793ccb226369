import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { SecureShareError } from "../../../../src/core/errors";
import { ItemSet } from "../../../../src/core/files/itemSet";
import { Manifest } from "../../../../src/core/files/manifest";
import { paddedContent, recordPlan } from "../../../../src/core/files/padding";
import type { Source } from "../../../../src/core/ports";
import { ReceiverChanges } from "../../../../src/core/session/changes";
import type { ChangedQuestion } from "../../../../src/core/session/events";
import { Intake } from "../../../../src/core/session/intake";
import { Progress } from "../../../../src/core/session/progress";
import { FrameType } from "../../../../src/core/wire/frames";
import { FRAME_MAX, RECORD_PLAINTEXT } from "../../../../src/core/wire/limits";
import { nodeHash } from "../../../../src/node/system";
import { FakeClock } from "../../../support/memory/clock";
import { MemorySink, memorySource, memorySpool } from "../../../support/memory/files";
import { MemoryJournal } from "../../../support/memory/journal";
import { Bench, type Side, type Watch } from "../../../support/memory/session";

const HOUR = 3_600_000;
const KILLED = new Error("killed");
const [BIG, NEW_SIZE] = [6_000_000, 3_000_000];

async function finish(bench: Bench, ...sides: Side[]): Promise<void> {
  let ended = 0;
  for (const side of sides) side.outcome.finally(() => ended++).catch(() => {});
  for (let i = 0; i < 3_000 && ended < sides.length; i++) await bench.clock.advance(100);
  assert.equal(ended, sides.length, "both sides end");
}

/** Files in memory that can become others, as a disk's can; every form has a number. */
class ChangingFiles {
  readonly content: Record<string, Uint8Array> = {
    first: randomBytes(300_000),
    "big.bin": randomBytes(BIG),
    last: Buffer.from("last"),
  };
  readonly #forms = new Map<string, number>();

  change(path: string, content: Uint8Array = randomBytes(NEW_SIZE)): void {
    this.content[path] = content;
    this.#forms.set(path, this.#form(path) + 1);
  }

  #form(path: string): number {
    return this.#forms.get(path) ?? 0;
  }

  /** Knows the files as they were at the scan. `manifest`: of a former run. */
  async source(manifest?: Manifest): Promise<Source> {
    const { content } = this;
    const known = new Map<number, number>();
    const scanned = manifest ?? (await memorySource(content)).manifest;
    return {
      manifest: scanned,
      open: async (index, { path }, from) => {
        const verify = async () => {
          if (this.#form(path) !== (known.get(index) ?? 0))
            throw new SecureShareError("E_SOURCE_CHANGED", { path });
        };
        await verify();
        let at = from;
        const read = async (into: Uint8Array) => {
          const part = (content[path] ?? Buffer.alloc(0)).subarray(at, at + into.length);
          into.set(part);
          at += part.length;
          return part.length;
        };
        return { read, verify, close: async () => {} };
      },
      changes: {
        look: async (_, { path }) => {
          const form = this.#form(path);
          return { size: content[path]?.length ?? 0, mtime: form, identity: String(form) };
        },
        take: (index, identity) => known.set(index, Number(identity)),
      },
    };
  }
}

async function copyOf(manifest: Manifest): Promise<Manifest> {
  const copy = new Manifest(memorySpool());
  for (let n = 0; n < manifest.pageCount; n++)
    await copy.appendPage((await manifest.page(n)).items);
  return copy;
}

/** Two sides, and what they say when they are asked about a changed file. */
class Scene {
  readonly bench = new Bench();
  readonly files = new ChangingFiles();
  readonly journals = { sender: new MemoryJournal(), receiver: new MemoryJournal() };
  sink = new MemorySink(this.journals.receiver.note);
  readonly asked: string[] = [];
  answers = { sender: true, receiver: true };

  changed(side: "sender" | "receiver") {
    return ({ item, now }: ChangedQuestion) => {
      this.asked.push(`${side}: ${item.path} ${item.size} ${now.size}`);
      return this.answers[side];
    };
  }

  /** Begins; when `records` have gone out, the connection is cut and `meanwhile` happens. */
  async begin(records: number, meanwhile: () => void, keepForMs = HOUR, watch: Watch = () => {}) {
    const source = await this.files.source();
    const offered = await copyOf(source.manifest);
    const sender = this.bench.send(source, {
      keepForMs,
      journal: this.journals.sender,
      changed: this.changed("sender"),
      watch,
    });
    let seen = 0;
    this.bench.relay.tap = (from, frame, room) => {
      if (from === "sender" && frame[0] === FrameType.record && ++seen === records) {
        meanwhile();
        this.bench.relay.cut(room, "receiver");
      }
      return [frame];
    };
    const code = await sender.code;
    const receiver = this.bench.receive(code, {
      keepForMs,
      journal: this.journals.receiver,
      sink: this.sink,
      changed: this.changed("receiver"),
    });
    return { sender, receiver, code, offered };
  }

  arrived(): void {
    assert.deepEqual(Object.fromEntries(this.sink.published), this.files.content);
    assert.equal(this.sink.partial.size, 0);
  }
}

const NEW_TOTAL = 300_000 + NEW_SIZE + 4;
const BOTH_ASKED = [`sender: big.bin ${BIG} ${NEW_SIZE}`, `receiver: big.bin ${BIG} ${NEW_SIZE}`];

describe("a file that changes during a transfer", () => {
  it("begins anew when both users want it, and each is asked once", async () => {
    const scene = new Scene();
    const { sender, receiver } = await scene.begin(12, () => scene.files.change("big.bin"));
    await finish(scene.bench, sender, receiver);
    for (const side of [sender, receiver]) assert.equal((await side.outcome).bytes, NEW_TOTAL);
    scene.arrived();
    assert.deepEqual(scene.asked, BOTH_ASKED);
    assert.ok(scene.journals.sender.forgotten && scene.journals.receiver.forgotten);
  });

  it("begins anew when it has grown, and when it has become empty", async () => {
    for (const content of [randomBytes(2 * BIG), Buffer.alloc(0)]) {
      const scene = new Scene();
      const { sender, receiver } = await scene.begin(12, () =>
        scene.files.change("big.bin", content),
      );
      await finish(scene.bench, sender, receiver);
      await Promise.all([sender.outcome, receiver.outcome]);
      scene.arrived();
    }
  });

  it("begins anew without a drop as well, when it changes while it is read", async () => {
    const scene = new Scene();
    const { sender, receiver } = await scene.begin(Infinity, () => {});
    let seen = 0;
    scene.bench.relay.tap = (from, frame) => {
      if (from === "sender" && frame[0] === FrameType.record && ++seen === 12)
        scene.files.change("big.bin");
      return [frame];
    };
    await finish(scene.bench, sender, receiver);
    await Promise.all([sender.outcome, receiver.outcome]);
    scene.arrived();
    assert.deepEqual(scene.asked, BOTH_ASKED);
  });

  it("is asked about again when it changes again", async () => {
    const scene = new Scene();
    const again = randomBytes(NEW_SIZE);
    const { sender, receiver } = await scene.begin(12, () => scene.files.change("big.bin"));
    scene.changed = (side) => (question) => {
      if (side === "receiver" && scene.asked.push("receiver") === 1)
        scene.files.change("big.bin", again);
      return question.item.path === "big.bin";
    };
    await finish(scene.bench, sender, receiver);
    await Promise.all([sender.outcome, receiver.outcome]);
    scene.arrived();
  });

  for (const side of ["sender", "receiver"] as const)
    it(`is given up when the ${side}'s user does not want it; everything else arrives`, async () => {
      const scene = new Scene();
      scene.answers[side] = false;
      const { sender, receiver } = await scene.begin(12, () => scene.files.change("big.bin"));
      await finish(scene.bench, sender, receiver);
      for (const each of [sender, receiver])
        await assert.rejects(each.outcome, { code: "E_SOURCE_CHANGED" });
      assert.deepEqual([...scene.sink.published.keys()], ["first", "last"]);
      assert.deepEqual(scene.asked, side === "sender" ? BOTH_ASKED.slice(0, 1) : BOTH_ASKED);
    });

  it("is given up unasked where a drop ends the transfer", async () => {
    const scene = new Scene();
    const { sender, receiver } = await scene.begin(Infinity, () => {}, 0);
    scene.bench.relay.tap = (_, frame) => {
      if (frame[0] === FrameType.m2) scene.files.change("big.bin");
      return [frame];
    };
    await finish(scene.bench, sender, receiver);
    await assert.rejects(receiver.outcome, { code: "E_SOURCE_CHANGED" });
    assert.deepEqual(scene.asked, []);
  });

  it("is not taken where there is no room for it; the transfer can go on later", async () => {
    const scene = new Scene();
    const { sender, receiver } = await scene.begin(12, () => scene.files.change("big.bin"));
    scene.sink.freeBytes = 1000;
    scene.bench.clock.advance(1000).catch(() => {});
    await assert.rejects(receiver.outcome, { code: "E_NO_SPACE" });
    assert.equal(scene.journals.receiver.forgotten, false);
    sender.cancel(KILLED);
    await assert.rejects(sender.outcome);
  });

  it("shows the relay what the new total shows, and no more", async () => {
    const scene = new Scene();
    let before = 0;
    const change = () => scene.files.change("big.bin");
    const { sender, receiver } = await scene.begin(12, change, HOUR, (event) => {
      if (event.kind === "step" && event.step === "item-anew")
        before = scene.bench.relay.frames.length;
    });
    await finish(scene.bench, sender, receiver);
    const sent = scene.bench.relay.frames.slice(before).filter(({ from }) => from === "sender");
    const total = paddedContent(NEW_TOTAL + 3 * 64) - (300_000 + 64);
    const plan = recordPlan(total, RECORD_PLAINTEXT);
    const long = sent.filter(({ bytes }) => bytes.length > 2000);
    assert.ok(long.every(({ bytes }) => bytes.length <= FRAME_MAX));
    assert.equal(long.length, plan.records);
  });

  /** A receiver that has accepted some of three, the second one first, and takes every change. */
  async function reconsidering(count: number, before: ReadonlyMap<number, "published">) {
    const { manifest } = await new ChangingFiles().source();
    const accepted = ItemSet.fromRuns(3, [[1, count]]) ?? assert.fail();
    const intake = new Intake({
      manifest,
      accepted,
      sink: new MemorySink(),
      hash: nodeHash,
      progress: new Progress(new FakeClock(), BIG, () => {}),
      tell: () => {},
      note: async () => {},
      announce: () => {},
      before,
    });
    await intake.start();
    const changes = new ReceiverChanges(
      async () => true,
      async () => undefined,
      async () => {},
    );
    return (item: number) =>
      changes.reconsider(
        { t: "changed", item, size: 5, mtime: 0 },
        manifest,
        intake,
        new AbortController().signal,
      );
  }

  it("must be one that was accepted and has not ended", async () => {
    const reconsider = await reconsidering(1, new Map());
    for (const item of [0, 2, 3]) await assert.rejects(reconsider(item), { code: "E_PROTOCOL" });
    assert.equal(await reconsider(1), true);
  });

  it("stays as it is where a former run has published it already", async () => {
    // The sender sends it again, behind one that has not settled, and cannot know.
    const reconsider = await reconsidering(2, new Map([[2, "published"]]));
    assert.equal(await reconsider(2), false);
    assert.equal(await reconsider(1), true);
  });

  for (const side of ["sender", "receiver"] as const)
    it(`is not asked about again when the ${side} was killed after the answer`, async () => {
      const scene = new Scene();
      const { sender, receiver, code, offered } = await scene.begin(12, () =>
        scene.files.change("big.bin"),
      );
      const sides = { sender, receiver };
      const journal = scene.journals[side];
      // The first document that knows the answer is the last thing that it writes.
      let disk = scene.sink;
      const { save } = journal;
      journal.save = async (document) => {
        await save(document);
        if (!JSON.stringify(document).includes(`"size":${NEW_SIZE}`)) return;
        journal.beforeWrite = () => {
          throw KILLED;
        };
        disk = scene.sink.reborn(async () => {});
        for (const room of scene.bench.relay.rooms()) scene.bench.relay.cut(room, side);
        sides[side].cancel(KILLED);
      };
      await finish(scene.bench, sides[side]);
      await assert.rejects(sides[side].outcome);
      const kept = new MemoryJournal();
      kept.document = journal.document;
      kept.log.push(...journal.log);
      const options = {
        keepForMs: HOUR,
        journal: kept,
        changed: () => assert.fail("asked again"),
        verify: () => assert.fail("asked again"),
      };
      let again: Side;
      if (side === "sender") {
        const source = await scene.files.source(offered);
        again = scene.bench.send(source, { ...options, resume: true });
      } else {
        scene.sink = disk.reborn(kept.note);
        again = scene.bench.receive(code, {
          ...options,
          past: kept.past(offered),
          sink: scene.sink,
        });
      }
      await finish(scene.bench, again, side === "sender" ? receiver : sender);
      await again.outcome;
      scene.arrived();
      assert.deepEqual(scene.asked, BOTH_ASKED);
    });
});
