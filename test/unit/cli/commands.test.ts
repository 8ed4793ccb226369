import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { listenForCommands } from "../../../src/cli/commands";
import type { AnswerWay } from "../../../src/cli/conversation";
import { readLines } from "../../../src/cli/lines";
import { TransferControls } from "../../../src/core/session/controls";

const never = new AbortController().signal;

function listening(way: AnswerWay) {
  const input = new PassThrough();
  const lines = readLines(input);
  const controls = new TransferControls();
  listenForCommands(way, lines, controls);
  const changed = () =>
    new Promise<void>((resolve) => {
      const stop = controls.subscribe(() => {
        stop();
        resolve();
      });
    });
  return { input, lines, controls, changed };
}

describe("commands between the questions", () => {
  it("pause and go on, in JSON, also while a question waits for its answer", async () => {
    const { input, lines, controls, changed } = listening("json");
    const answer = lines.next(never);
    for (const paused of [true, false]) {
      const done = changed();
      input.write(`{"answer":"pause","paused":${paused}}\n`);
      await done;
      assert.equal(controls.paused, paused);
    }
    input.write('{"answer":"offer","accept":true}\n');
    assert.equal(await answer, '{"answer":"offer","accept":true}');
    lines.close();
  });

  it("name a relay, in JSON and on a terminal", async () => {
    for (const [way, line] of [
      ["json", '{"answer":"relay","relay":"192.0.2.7:4711"}'],
      ["terminal", " 192.0.2.7:4711 "],
    ] as const) {
      const { input, lines, controls, changed } = listening(way);
      const done = changed();
      input.write(`${line}\n`);
      await done;
      assert.deepEqual(controls.relays, ["ws://192.0.2.7:4711"]);
      lines.close();
    }
  });

  it("leave to the questions what is no command", async () => {
    const { input, lines, controls } = listening("json");
    const strange = ['{"answer":"pause"}', '{"answer":"relay","relay":"no address"}', "p"];
    for (const line of strange) input.write(`${line}\n`);
    for (const line of strange) assert.equal(await lines.next(never), line);
    assert.ok(!controls.paused && controls.relays.length === 0);
    lines.close();
  });

  it("on a terminal are keys, but under a question its answer", async () => {
    const { input, lines, controls, changed } = listening("terminal");
    const done = changed();
    input.write("P\n");
    await done;
    assert.ok(controls.paused);
    const answer = lines.next(never);
    input.write("p\n");
    assert.equal(await answer, "p");
    assert.ok(controls.paused);
    lines.close();
  });

  it("are not read where a script said yes to everything", () => {
    const { input, lines } = listening("script");
    assert.equal(input.listenerCount("data"), 0);
    lines.close();
  });

  it("do not pile up: lines ahead of their questions stay in the stream", async () => {
    const { input, lines } = listening("json");
    for (let i = 0; i < 50_000; i++) input.write(`${i}\n`);
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = input.readableLength + input.writableLength;
    assert.ok(waiting > 200_000, String(waiting));
    for (let i = 0; i < 1_000; i++) assert.equal(await lines.next(never), String(i));
    lines.close();
  });
});
