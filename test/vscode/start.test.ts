import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Installing the VS Code server on a machine that has not got it yet takes its time. */
const LIMIT_MS = 300_000;

describe("npm start", function () {
  this.timeout(LIMIT_MS);

  it("serves a VS Code at a loopback address and leaves nothing behind", async () => {
    const scratch = await mkdtemp(join(tmpdir(), "secureshare-test-"));
    try {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [join(TEST_ROOT, "scripts", "start.mjs"), "--check"],
        { env: { ...process.env, TMPDIR: scratch } },
      );
      const [url, second] = stdout.match(/^http:\/\/127\.0\.0\.1:\d+\/\?\S+$/gm) ?? [];
      assert.ok(url !== undefined && second !== undefined, stdout);
      assert.match(new URL(url).searchParams.get("folder") ?? "", /to send$/);
      await assert.rejects(fetch(url), "the server has ended");
      assert.deepEqual(await readdir(scratch), []);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
});
