import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describeTree } from "../support/tree";
import { useStage } from "../support/vscode/stage";
import { confirmed } from "../support/vscode/users";

const run = promisify(execFile);
const VSIX = join(TEST_ROOT, "out", "secureshare.vsix");
/** It is downloaded for every update. */
const LARGEST = 700 * 1024;

describe("the packaged extension", function () {
  this.timeout(120_000);

  let said = "";

  /** Runs vsce; all that it wrote. */
  async function vsce(...args: readonly string[]): Promise<string> {
    const program = join(TEST_ROOT, "node_modules", "@vscode", "vsce", "vsce");
    const options = { cwd: TEST_ROOT };
    const { stdout, stderr } = await run(process.execPath, [program, ...args], options);
    return stdout + stderr;
  }

  before(async () => {
    await mkdir(join(TEST_ROOT, "out"), { recursive: true });
    const flags = ["--allow-missing-repository", "--no-rewrite-relative-links"];
    said = await vsce("package", "--no-dependencies", ...flags, "--out", VSIX);
  });

  const stage = useStage({
    sender: { vsix: VSIX, settings: { "secureshare.relay.embedded.host": "127.0.0.1" } },
    receiver: { vsix: VSIX },
  });

  it("is small, and vsce finds nothing wrong with it", async () => {
    assert.ok((await stat(VSIX)).size < LARGEST);
    assert.match(said, /DONE/);
    assert.doesNotMatch(said, /WARN|ERROR/i);
  });

  it("carries the pictures that its README shows", async () => {
    const readme = await readFile(join(TEST_ROOT, "README.md"), "utf8");
    const shown = [...readme.matchAll(/!\[[^\]]*\]\(([^)\s]+)|<img[^>]*\ssrc="([^"]+)"/g)];
    const packaged = new Set((await vsce("ls", "--no-dependencies")).split("\n"));
    for (const [, markdown, html] of shown) {
      const picture = (markdown ?? html ?? "").replace(/^\.\//, "");
      assert.ok(packaged.has(picture), picture);
    }
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
