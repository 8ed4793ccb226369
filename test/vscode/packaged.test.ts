import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describeTree } from "../support/tree";
import { useStage } from "../support/vscode/stage";
import { confirmed } from "../support/vscode/users";

const VSIX = join(TEST_ROOT, "out", "secureshare.vsix");
/** It is downloaded for every update. */
const LARGEST = 700 * 1024;

describe("the packaged extension", function () {
  this.timeout(120_000);

  before(async () => {
    await mkdir(join(TEST_ROOT, "out"), { recursive: true });
    const vsce = join(TEST_ROOT, "node_modules", "@vscode", "vsce", "vsce");
    const flags = [
      "--no-dependencies",
      "--allow-missing-repository",
      "--no-rewrite-relative-links",
    ];
    const args = [vsce, "package", ...flags, "--out", VSIX];
    await promisify(execFile)(process.execPath, args, { cwd: TEST_ROOT });
  });

  const stage = useStage({
    sender: { vsix: VSIX, settings: { "secureshare.relay.embedded.host": "127.0.0.1" } },
    receiver: { vsix: VSIX },
  });

  it("is small", async () => {
    assert.ok((await stat(VSIX)).size < LARGEST);
  });

  it("transfers a file when it is installed", async () => {
    const [sender, receiver] = await Promise.all([
      stage.sitDown("sender", { "лист.txt": "зміст" }),
      stage.sitDown("receiver"),
    ]);
    await receiver.receive(await sender.send("лист.txt"));
    await confirmed(sender, receiver);
    await receiver.received.press("accept");
    await Promise.all([receiver.received.reaches("done"), sender.sent.reaches("done")]);
    assert.deepEqual(await describeTree(receiver.folder), await describeTree(sender.folder));
  });
});
