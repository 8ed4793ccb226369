import assert from "node:assert/strict";
import { runRelay } from "../../../relay/run";

/** What the program says on each stream, and its exit code. */
async function run(...args: readonly string[]) {
  const said = { out: "", err: "" };
  const code = await runRelay(
    args,
    {},
    {
      out: (text) => void (said.out += text),
      err: (text) => void (said.err += text),
      pageFolder: `${TEST_ROOT}test/no-page-is-here`,
      stop: AbortSignal.abort(),
    },
  );
  return { code, ...said };
}

describe("relay: its command line", () => {
  it("says so when it is to print the hash of a page that is not there", async () => {
    const { code, out, err } = await run("--page-hash");
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /^relay: no page in .*no-page-is-here\n$/);
  });
});
