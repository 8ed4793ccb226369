import assert from "node:assert/strict";
import { Awake } from "../../../webview/receive/awake";

/** A browser that gives locks, and takes them back from a page that is not in view. */
function browser() {
  const locks: EventTarget[] = [];
  const state = { seen: true, asked: 0, refuses: false };
  const request = async (): Promise<WakeLockSentinel> => {
    state.asked++;
    if (state.refuses) throw new DOMException("battery", "NotAllowedError");
    const lock = new EventTarget();
    locks.push(lock);
    const release = async () => free(lock);
    return Object.assign(lock, {
      type: "screen" as const,
      released: false,
      onrelease: null,
      release,
    });
  };
  const free = (lock: EventTarget) => {
    if (!locks.includes(lock)) return;
    locks.splice(locks.indexOf(lock), 1);
    lock.dispatchEvent(new Event("release"));
  };
  const hide = () => {
    state.seen = false;
    for (const lock of locks.slice()) free(lock);
  };
  return { locks, state, hide, awake: new Awake({ request }, () => state.seen) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("a screen while bytes move", () => {
  it("is kept on by one lock, which is let go at the end", async () => {
    const { locks, awake } = browser();
    for (let i = 0; i < 3; i++) awake.keep(true);
    await settled();
    assert.equal(locks.length, 1);
    awake.keep(false);
    await settled();
    assert.equal(locks.length, 0);
  });

  it("is let go also when the end comes before the lock", async () => {
    const { locks, awake } = browser();
    awake.keep(true);
    awake.keep(false);
    await settled();
    assert.equal(locks.length, 0);
  });

  it("is kept on by one lock also when it moves on before the former is let go", async () => {
    const { locks, awake } = browser();
    awake.keep(true);
    await settled();
    awake.keep(false);
    awake.keep(true);
    await settled();
    awake.keep(true);
    await settled();
    assert.equal(locks.length, 1);
  });

  it("is kept on again once a page that was hidden is back in view", async () => {
    const { locks, state, hide, awake } = browser();
    awake.keep(true);
    await settled();
    hide();
    awake.keep(true);
    await settled();
    assert.equal(state.asked, 1, "nothing is asked for out of view");
    state.seen = true;
    awake.keep(true);
    await settled();
    assert.equal(locks.length, 1);
  });

  it("goes out as ever where the browser refuses, who is not asked again and again", async () => {
    const { state, awake } = browser();
    state.refuses = true;
    for (let i = 0; i < 3; i++) {
      awake.keep(true);
      await settled();
    }
    assert.equal(state.asked, 1);
    awake.keep(false);
  });

  it("needs no browser that knows of locks", async () => {
    const awake = new Awake(undefined, () => true);
    awake.keep(true);
    await settled();
    awake.keep(false);
  });
});
