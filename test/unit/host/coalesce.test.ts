import assert from "node:assert/strict";
import { Coalesced } from "../../../src/host/coalesce";

/** One timer that fires when told to. */
function fakeTimers() {
  let pending: (() => void) | undefined;
  return {
    set: (callback: () => void) => {
      pending = callback;
      return callback;
    },
    clear: () => {
      pending = undefined;
    },
    fire: () => {
      const callback = pending;
      pending = undefined;
      callback?.();
    },
    get waiting() {
      return pending !== undefined;
    },
  };
}

describe("coalesced calls", () => {
  it("calls at once, then once for all that came within the interval", () => {
    let calls = 0;
    const timers = fakeTimers();
    const coalesced = new Coalesced(() => calls++, 100, timers);
    for (let i = 0; i < 5; i++) coalesced.request();
    assert.equal(calls, 1);
    timers.fire();
    assert.equal(calls, 2);
    timers.fire();
    assert.equal(calls, 2);
    assert.equal(timers.waiting, false);
    coalesced.request();
    assert.equal(calls, 3);
  });

  it("calls nothing after it was disposed", () => {
    let calls = 0;
    const timers = fakeTimers();
    const coalesced = new Coalesced(() => calls++, 100, timers);
    coalesced.request();
    coalesced.request();
    coalesced.dispose();
    assert.equal(timers.waiting, false);
    coalesced.request();
    assert.equal(calls, 1);
  });
});
