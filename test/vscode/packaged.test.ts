import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describeTree } from "../support/tree";
import { EXTENSION_ID } from "../support/vscode/card";
import { TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";
import { confirmed } from "../support/vscode/users";

const run = promisify(execFile);
const VSIX = join(TEST_ROOT, "out", "secureshare.vsix");
/** It is downloaded for every update. */
const LARGEST = 700 * 1024;

describe("the packaged extension", function () {
  this.timeout(TEST_MS);

  let said = "";

  /** Runs vsce; all that it wrote. */
  async function vsce(...args: readonly string[]): Promise<string> {
    const program = join(TEST_ROOT, "node_modules", "@vscode", "vsce", "vsce");
    const options = { cwd: TEST_ROOT };
    const { stdout, stderr } = await run(process.execPath, [program, ...args], options);
    return stdout + stderr;
  }

  /** As `npm run package` has them. */
  async function packageFlags(): Promise<string[]> {
    const manifest = await readFile(join(TEST_ROOT, "package.json"), "utf8");
    const { scripts } = JSON.parse(manifest) as { scripts: Readonly<Record<string, string>> };
    return scripts["package"]?.split("vsce package ")[1]?.split(" ") ?? [];
  }

  before(async () => {
    await mkdir(join(TEST_ROOT, "out"), { recursive: true });
    said = await vsce("package", ...(await packageFlags()), "--out", VSIX);
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

  it("has a README that shows what is there, and links to nothing that is not", async () => {
    const installed = join(stage.root("sender"), "extensions");
    const folder = (await readdir(installed)).find((name) => name.startsWith(EXTENSION_ID));
    const readme = await readFile(join(installed, folder ?? "", "readme.md"), "utf8");
    assert.match(readme, /docs\/THREATS\.md/);
    assert.doesNotMatch(readme, /(?<!!)\[[^\]]+\]\((?!https:)/);
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
