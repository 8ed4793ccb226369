import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { CliBench } from "../../support/cli";
import { type FirefoxTab, findFirefox, openFirefox } from "../../support/firefox";
import { Opened } from "../../support/opened";
import { makeTree } from "../../support/tree";
import { eventually } from "../../support/vscode/eventually";
import { PATIENCE_MS, TEST_MS } from "../../support/vscode/patience";

const MIB = 1024 * 1024;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** One way through the page in another engine; everything else is tested in Chromium. */
describe("browser page: in Firefox", function () {
  this.timeout(TEST_MS);
  const opened = new Opened();
  let bench: CliBench;
  let tab: FirefoxTab | undefined;
  before(async function () {
    const program = await findFirefox();
    if (program === undefined) {
      console.log("      No Firefox on PATH: apt-get install firefox-esr");
      return this.skip();
    }
    bench = opened.add(await CliBench.open());
    await mkdir(bench.path("downloads"));
    tab = opened.add(await openFirefox(program, bench.path("downloads")));
  });
  after(() => opened.close());

  it("receives a file and saves it, and sends one", async () => {
    assert.ok(tab);
    const [there, back] = [randomBytes(2 * MIB + 1), randomBytes(MIB + 1)];
    await makeTree(bench.path("from"), { "a.bin": { content: there }, "b.bin": { content: back } });
    const { url } = await bench.relay();
    const options = ["--relay", url, "--yes", "--json"];
    const sender = bench.start(["send", "from/a.bin", ...options]);
    await tab.open((await sender.event("code")).link);
    for (const action of ["receive", "confirm", "accept"]) await tab.press(action);
    await tab.until(`document.querySelector('[data-phase="done"]') !== null`);
    assert.equal((await sender.ended).exitCode, 0);
    await tab.press("save");
    const saved = await whole(bench.path("downloads", "a.bin"), there.length);
    assert.equal(sha256(saved), sha256(there));
    await tab.press("dismiss");

    await tab.choose("#pick-files", bench.path("from/b.bin"));
    const code = await tab.until('document.querySelector(".code [aria-hidden]").textContent');
    const receiver = bench.start(["receive", code, "--out", "to", ...options]);
    await tab.press("confirm");
    assert.equal((await receiver.ended).exitCode, 0);
    assert.equal(sha256(await readFile(bench.path("to/b.bin"))), sha256(back));
  });
});

/** A download's bytes, once they are all there. */
async function whole(path: string, length: number): Promise<Buffer> {
  return await eventually(PATIENCE_MS, async () => {
    const bytes = await readFile(path);
    assert.equal(bytes.length, length);
    return bytes;
  });
}
