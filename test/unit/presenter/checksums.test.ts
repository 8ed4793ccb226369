import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Checksums, checksumLine } from "../../../src/presenter/checksums";
import { item } from "./events";

describe("checksum lines", () => {
  it("are there once for a file, and not for one that failed after all", () => {
    const checksums = new Checksums("cd  former\n");
    for (const event of [item("a"), item("b")]) checksums.add(event);
    checksums.add({ ...item("a"), sha256: undefined, outcome: "failed", corrects: true });
    assert.equal(checksums.text, "cd  former\nab  b\n");
    checksums.add({ ...item("a"), corrects: true });
    assert.equal(checksums.text, "cd  former\nab  b\nab  a\n");
  });

  it("are those that sha256sum checks, for odd names too", async function () {
    if (spawnSync("sha256sum", ["--version"]).status !== 0) this.skip();
    const folder = await mkdtemp(join(tmpdir(), "secureshare-sums-"));
    try {
      const names = ["a.txt", "b\\c", "d\ne", "ї ß 🎉"];
      const lines: string[] = [];
      for (const name of names) {
        await writeFile(join(folder, name), name);
        lines.push(checksumLine(createHash("sha256").update(name).digest("hex"), name));
      }
      const input = lines.map((line) => `${line}\n`).join("");
      const checked = spawnSync("sha256sum", ["--check", "--strict"], { cwd: folder, input });
      assert.equal(checked.status, 0, checked.stderr.toString());
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
