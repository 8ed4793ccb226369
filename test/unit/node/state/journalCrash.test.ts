import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseDocument } from "../../../../src/core/files/journal";
import { reopened } from "../journals";
import { bundleProgram, type Program, startProgram } from "../processes";
import { inFolder } from "../support";

const ROUNDS = 30;
/** Kills come up to this long after the first durable document. Milliseconds. */
const SPAN = 60;
const KEY = new Uint8Array(32);

interface Durable {
  document: number;
  note: number;
}

/** Reads what the program says is durable, until it says no more. */
async function follow(program: Program, durable: Durable): Promise<void> {
  for (;;) {
    const [kind, n] = (await program.line().catch(() => "end")).split(" ");
    if (kind === "document") durable.document = Number(n);
    else if (kind === "note") durable.note = Number(n);
    else return;
  }
}

describe("journal of a killed program", () => {
  it("has a whole document and a log that is a prefix, with all that was told durable", function () {
    this.timeout(120_000);
    return inFolder(async (folder) => {
      const bundle = await bundleProgram(folder, "journalWriter");
      for (let round = 0; round < ROUNDS; round++) {
        const state = join(folder, `state-${round}`);
        const program = startProgram(bundle, state);
        const id = await program.line();
        const durable: Durable = { document: -1, note: -1 };
        const followed = follow(program, durable);
        // Not a wait for something: the moment of the kill is what is tried out.
        await delay(randomInt(SPAN));
        await program.kill();
        await followed;
        await check(state, id, durable);
      }
    });
  });
});

async function check(state: string, id: string, durable: Durable): Promise<void> {
  const path = join(state, "transfers", id, "transfer.json");
  if (durable.document === -1 && !isThere(path)) return;
  const document = parseDocument(readFileSync(path, "utf8"));
  assert.ok(document !== undefined, "the document is torn");
  assert.ok(document.createdAt >= durable.document, "an old document is back");
  const transfer = await reopened(state, id, KEY);
  const items = [...transfer.known.open.keys()];
  assert.deepEqual(
    items,
    items.map((_, i) => i),
  );
  assert.ok(items.length > durable.note, `${items.length} of ${durable.note + 1} notes`);
  await transfer.note({ k: "staging", path: "after" });
  await transfer.close();
  const again = await reopened(state, id, KEY);
  assert.equal(again.known.open.size, items.length);
  assert.equal(again.known.staging, "after");
  await again.close();
}

function isThere(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}
