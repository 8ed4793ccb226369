import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

/** Mutations of the short run, spread over the list; the full run takes all of them. */
const SAMPLE = 36;

describe("mutations", () => {
  it("are noticed: each security check that is taken out makes a test fail", function () {
    this.timeout(3_600_000);
    const full = process.env["SECURESHARE_FULL"] === "1";
    const sample = full ? [] : ["--sample", String(SAMPLE)];
    const { status, stdout, stderr } = spawnSync("node", ["scripts/mutate.mjs", ...sample], {
      cwd: TEST_ROOT,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    const failures = stdout.split("\n").filter((line) => /^FAILED|mutations:/.test(line));
    assert.equal(status, 0, `${failures.join("\n")}\n${stderr}`);
    assert.match(stdout, /^0 failures$/m);
  });
});
