import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { readLines } from "../../../src/cli/lines";
import { parseNumbers } from "../../../src/cli/numbers";

const never = new AbortController().signal;

describe("lines of standard input", () => {
  it("come one by one, then the end, for ever", async () => {
    const input = new PassThrough();
    input.end("one\ntwo\r\nthree");
    const lines = readLines(input);
    assert.equal(await lines.next(never), "one");
    assert.equal(await lines.next(never), "two");
    assert.equal(await lines.next(never), "three");
    assert.equal(await lines.next(never), undefined);
    assert.equal(await lines.next(never), undefined);
  });

  it("are not read before somebody asks", () => {
    const input = new PassThrough();
    const lines = readLines(input);
    input.write("early\n");
    assert.equal(input.readableLength, 6);
    lines.close();
  });

  it("forget what was typed before the question", async () => {
    const input = new PassThrough();
    const lines = readLines(input);
    input.write("first\ny\n");
    assert.equal(await lines.next(never), "first");
    lines.discardPending();
    const answer = lines.next(never);
    input.write("n\n");
    assert.equal(await answer, "n");
    lines.close();
  });

  it("reject with the signal's reason, and serve the next question all the same", async () => {
    const input = new PassThrough();
    const lines = readLines(input);
    const abort = new AbortController();
    const waiting = lines.next(abort.signal);
    const reason = new Error("enough");
    abort.abort(reason);
    await assert.rejects(waiting, reason);
    await assert.rejects(lines.next(abort.signal), reason);
    input.write("later\n");
    assert.equal(await lines.next(never), "later");
    lines.close();
    assert.equal(await lines.next(never), undefined);
  });

  it("end where reading fails", async () => {
    const input = new PassThrough();
    const lines = readLines(input);
    const waiting = lines.next(never);
    input.destroy(new Error("read EIO"));
    assert.equal(await waiting, undefined);
    assert.equal(await lines.next(never), undefined);
  });

  it("settle a waiting question when they are closed", async () => {
    const lines = readLines(new PassThrough());
    const waiting = lines.next(never);
    lines.close();
    assert.equal(await waiting, undefined);
  });
});

describe("numbers of a list", () => {
  const read = (text: string, length = 9) => {
    const numbers = parseNumbers(text, length);
    return numbers === undefined ? undefined : [...numbers];
  };

  it("are single ones and ranges, from 1", () => {
    assert.deepEqual(read("1-3, 7"), [0, 1, 2, 6]);
    assert.deepEqual(read(" 9;2 2 "), [8, 1]);
    assert.deepEqual(read(""), []);
  });

  it("refuse what is no list, or outside of it", () => {
    for (const text of ["0", "10", "3-1", "1-10", "a", "1-", "-1", "1.5", "99999999", "1-99999999"])
      assert.equal(read(text), undefined, text);
  });
});
