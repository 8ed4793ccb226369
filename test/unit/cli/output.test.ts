import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { openOutput } from "../../../src/cli/output";

const settings = { noColour: false, dumb: false };

/** A stream, and what was written to it, one string a call. */
function listening(isTTY: boolean) {
  const stream = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY });
  const written: string[] = [];
  stream.on("data", (text: string) => written.push(text));
  return { stream, written };
}

describe("output", () => {
  it("is written in one go where no terminal shows it, and in pieces when it is long", async () => {
    const { stream, written } = listening(false);
    const { write } = openOutput(stream, settings, () => {});
    for (let i = 0; i < 1000; i++) write(`line ${i}\n`);
    await setImmediate();
    assert.equal(written.length, 1);
    assert.equal(written.join(""), Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join(""));
    for (let i = 0; i < 10; i++) write("x".repeat(60_000));
    await setImmediate();
    assert.equal(written.slice(1).join(""), "x".repeat(600_000));
    assert.ok(written.slice(1).every((text) => text.length <= 130_000));
  });

  it("is on a terminal at once, in the order of both streams", async () => {
    const { stream, written } = listening(true);
    const { write } = openOutput(stream, settings, () => {});
    write("one");
    write("two");
    await setImmediate();
    assert.deepEqual(written, ["one", "two"]);
  });

  it("drops what comes behind a reader that went away, and says so once", async () => {
    const { stream } = listening(false);
    let broken = 0;
    const { write } = openOutput(stream, settings, () => broken++);
    write("one");
    stream.destroy(new Error("EPIPE"));
    await setImmediate();
    write("two");
    await setImmediate();
    assert.equal(broken, 1);
  });
});
