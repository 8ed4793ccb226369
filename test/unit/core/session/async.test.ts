import assert from "node:assert/strict";
import { together, within } from "../../../../src/core/session/async";
import { TransferControls } from "../../../../src/core/session/controls";
import { FakeClock } from "../../../support/memory/clock";

const never = () => new Promise<never>(() => {});

describe("a limit of time", () => {
  it("that is infinite leaves the task its own signal", async () => {
    const { signal } = new AbortController();
    const given = await within(new FakeClock(), Infinity, signal, (s) => Promise.resolve(s));
    assert.equal(given, signal);
  });

  it("begins nothing when all is over already", async () => {
    const over = AbortSignal.abort(new Error("over"));
    await assert.rejects(within(new FakeClock(), 5, over, never), /over/);
  });
});

describe("two things at once", () => {
  it("end with a signal that had aborted before them", async () => {
    const over = AbortSignal.abort(new Error("over"));
    const until = async (scope: AbortSignal) => {
      scope.throwIfAborted();
      return never();
    };
    const ends: unknown[] = [];
    const end = async (error: unknown) => void ends.push(error);
    await assert.rejects(together(over, until, until, end), /over/);
    assert.equal(ends.length, 1);
  });
});

describe("a relay that a user names", () => {
  it("is told once, however often it is named", () => {
    const controls = new TransferControls();
    let told = 0;
    controls.subscribe(() => told++);
    for (const relay of ["ws://a", "ws://a", "ws://b"]) controls.addRelay(relay);
    assert.equal(told, 2);
    assert.deepEqual(controls.relays, ["ws://a", "ws://b"]);
  });
});
