import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type HistoryRecord,
  RECORDS_MAX,
  readRecords,
  removeRecords,
  writeRecord,
} from "../../../src/host/historyFiles";

const START = 1_800_000_000_000;

function finished(index: number): HistoryRecord {
  return {
    version: 1,
    id: index.toString(16).padStart(16, "0"),
    role: "receiver",
    outcome: "completed",
    at: START + index,
    contents: { names: ["звіт.txt"], files: 1, bytes: 5, text: false },
    folder: "/target",
    firstPath: "звіт.txt",
    checksums: `${"ab".repeat(32)}  звіт.txt\n`,
  };
}

describe("the history's files", () => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), "secureshare-history-")), "history");
  });
  afterEach(() => rm(join(folder, ".."), { recursive: true }));

  const at = async () => (await readRecords(folder)).map((record) => record.at - START);

  it("give back what was written, the newest first", async () => {
    assert.deepEqual(await readRecords(folder), []);
    for (const index of [2, 1, 3]) await writeRecord(folder, finished(index));
    assert.deepEqual(await at(), [3, 2, 1]);
    assert.deepEqual((await readRecords(folder))[0], finished(3));
  });

  it("are their user's alone", async () => {
    await writeRecord(folder, finished(1));
    const [name = ""] = await readdir(folder);
    assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  it("are bounded: the oldest make room", async () => {
    for (let index = 0; index < RECORDS_MAX + 3; index++)
      await writeRecord(folder, finished(index));
    assert.equal((await readdir(folder)).length, RECORDS_MAX);
    assert.equal((await at()).at(-1), 3);
  });

  it("forget one, or all, and nothing that is not theirs", async () => {
    for (const index of [1, 2, 3]) await writeRecord(folder, finished(index));
    await writeFile(join(folder, "notes.json"), "{}");
    await removeRecords(folder, [finished(2).id, "../../etc/passwd", ""]);
    assert.deepEqual(await at(), [3, 1]);
    await removeRecords(folder);
    assert.deepEqual(await readdir(folder), ["notes.json"]);
  });

  it("leave out what is broken, and do not write what is too large to be read again", async () => {
    await writeRecord(folder, finished(1));
    await writeFile(join(folder, `${"0".repeat(16)}-${"b".repeat(16)}.json`), '{"version":1}');
    await writeRecord(folder, { ...finished(2), checksums: "x".repeat(3 * 1024 * 1024) });
    assert.deepEqual(await at(), [1]);
  });
});
