import assert from "node:assert/strict";
import { Uri } from "vscode";
import { Links } from "../../../src/host/links";
import { LiveSettings } from "../../../src/host/liveSettings";

const ID = "vscode://secureshare.secureshare";
const CODE = "k7qm-3x9d-t2v";

describe("a link from outside", () => {
  const settings = new LiveSettings();
  const asked: unknown[][] = [];
  const links = new Links({ ask: async (...args) => void asked.push(args) }, settings);
  after(() => settings.dispose());
  afterEach(() => asked.splice(0));

  it("fills the code in, says that a link did, and starts nothing", async () => {
    await links.handleUri(Uri.parse(`${ID}/receive#${CODE}7@192.168.1.5:4711`));
    const [[filled, isLinked] = []] = asked;
    assert.match(String(filled), /^k7qm-3x9d-t2v.@192\.168\.1\.5:4711$/);
    assert.equal(isLinked, true);
  });

  for (const junk of [
    "",
    "/receive",
    "/receive#",
    "/receive#short",
    "/receive#k7qm-3x9d-t2v!",
    `/receive#${CODE}6`,
    `/receive?code=${CODE}7`,
    `/send#${CODE}7`,
    "/receive#k7qm-3x9d-t2v7@http://evil/#a@b",
    `/receive#${"x".repeat(100_000)}`,
    "/receive#../../etc/passwd",
    "/receive#[x](command:workbench.action.quit)",
  ])
    it(`asks nothing for junk: ${junk.slice(0, 40)}`, async () => {
      await links.handleUri(Uri.parse(ID + junk));
      assert.deepEqual(asked, []);
    });
});
