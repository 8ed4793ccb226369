import assert from "node:assert/strict";
import fc from "fast-check";
import type { ViewMessage } from "../../../src/bridge/messages";
import type { SessionEvent } from "../../../src/core/session/events";
import { Transfer } from "../../../src/presenter/transfer";
import { context, item, question } from "./events";
import { offerOf } from "./offers";

type Ask = "verify" | "offer" | "changed";
type Act =
  | { readonly do: "ask"; readonly what: Ask }
  | { readonly do: "answer"; readonly yes: boolean }
  /** `early`: that it is lost is told before the question about a file is withdrawn. */
  | { readonly do: "drop"; readonly early: boolean }
  | { readonly do: "reconnect" }
  | { readonly do: "tell"; readonly event: SessionEvent }
  | { readonly do: "pause"; readonly paused: boolean };

const drop: SessionEvent = { kind: "interrupted", reason: "test", resumable: true };
const told: readonly SessionEvent[] = [
  { kind: "progress", bytes: 3, totalBytes: 9, item: 0, path: "a" },
  item("a"),
  { kind: "resumed", bytes: 4 },
  { kind: "paused", us: false, peer: true },
  { kind: "peer", state: "joined" },
  { kind: "peer", state: "left" },
  { kind: "step", step: "keys-agreed" },
  { kind: "step", step: "offer-sent", items: 1, bytes: 9 },
  { kind: "step", step: "accepted", items: 1, bytes: 9 },
  { kind: "step", step: "streaming" },
];

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    do: fc.constant("ask" as const),
    what: fc.constantFrom<Ask[]>("verify", "offer", "changed"),
  }),
  fc.record({ do: fc.constant("answer" as const), yes: fc.boolean() }),
  fc.record({ do: fc.constant("drop" as const), early: fc.boolean() }),
  fc.record({ do: fc.constant("reconnect" as const) }),
  fc.record({ do: fc.constant("tell" as const), event: fc.constantFrom(...told) }),
  fc.record({ do: fc.constant("pause" as const), paused: fc.boolean() }),
);

const answers: Record<Ask, (yes: boolean) => ViewMessage> = {
  verify: (yes) => ({ type: yes ? "confirm" : "reject", id: context.id }),
  offer: (yes) => ({ type: yes ? "accept" : "decline", id: context.id }),
  changed: (again) => ({ type: "changed", id: context.id, again }),
};

/** A receiver whose session asks one thing after the other, over any number of connections. */
class Played {
  readonly transfer = new Transfer(
    { ...context, role: "receiver" },
    { changed: () => {}, now: () => 1_000 },
  );
  readonly #ui = this.transfer.receiverUi({ folder: "/in", scratch: "/tmp", conflict: "rename" });
  readonly #life = new AbortController();
  #connection = new AbortController();
  /** What the session waits for at present. */
  open: Ask | undefined;
  lost = false;

  async play(act: Act): Promise<void> {
    switch (act.do) {
      case "ask":
        if (this.open === undefined) await this.#ask(act.what);
        break;
      case "answer":
        if (this.open !== undefined) await this.transfer.handle(answers[this.open](act.yes));
        break;
      case "drop":
        this.#drop(act.early);
        break;
      case "reconnect":
        this.#connection = new AbortController();
        this.lost = false;
        this.#ui.event({ kind: "step", step: "reconnected" });
        break;
      case "tell":
        this.#ui.event(act.event);
        break;
      case "pause":
        this.transfer.setPaused(act.paused);
    }
    await settled();
  }

  async #ask(what: Ask): Promise<void> {
    // Between two connections nobody is asked about a file.
    if (what === "changed" && this.lost) return;
    this.open = what;
    this.#question(what)
      .catch(() => undefined)
      .finally(() => {
        this.open = undefined;
      });
    while (!this.transfer.asks) await settled();
  }

  async #question(what: Ask): Promise<unknown> {
    const { signal } = this.#life;
    if (what === "verify") return this.#ui.verify(question, signal);
    if (what === "offer") return this.#ui.decide(await offerOf("a"), signal);
    const file = { path: "a", kind: "file", size: 9, mtime: 0, executable: false } as const;
    const changed = { item: file, now: { size: 5, mtime: 1 }, freeBytes: 7 };
    return this.#ui.changed(changed, this.#connection.signal);
  }

  #drop(early: boolean): void {
    this.lost = true;
    if (early) this.#ui.event(drop);
    this.#connection.abort(new Error("drop"));
    if (!early) this.#ui.event(drop);
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("questions of a transfer", () => {
  it("stand on the screen from when they are asked until they are answered", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 30 }), async (acts) => {
        const played = new Played();
        for (const act of acts) {
          await played.play(act);
          const { phase } = played.transfer.view.phase;
          if (played.open !== undefined) assert.equal(phase, played.open);
          else if (played.lost) assert.equal(phase, "reconnecting");
          else assert.ok(!["verify", "offer", "changed", "reconnecting"].includes(phase), phase);
          assert.equal(played.transfer.asks, played.open !== undefined);
        }
      }),
      { numRuns: 200 },
    );
  });
});
