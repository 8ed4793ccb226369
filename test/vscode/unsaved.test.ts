import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";
import { SEND } from "../support/vscode/users";

const FILE = "лист.txt";

describe("an editor with changes that are not saved", function () {
  this.timeout(TEST_MS);
  const settings = {
    "secureshare.relay.embedded.host": "127.0.0.1",
    "files.autoSave": "off",
    "files.hotExit": "off",
  };
  const stage = useStage({ desk: { extension: TEST_ROOT, settings } });

  it("is sent as it is on the disk, or saved and sent, as its user says; one without a file as text", async () => {
    const { window, folder, sent } = await stage.sitDown("desk", { [FILE]: "old" });
    const { page } = window;
    const onDisk = () => readFile(join(folder, FILE), "utf8");
    const choose = (button: string) =>
      window.dialog().getByRole("button", { name: button }).click();
    /** The editor of this file, once it takes what is typed. */
    const typing = (name: string) =>
      page.locator(`.monaco-editor.focused[data-uri$="${encodeURIComponent(name)}"]`);
    await window.showExplorer();
    await page.locator(".explorer-folders-view").getByText(FILE).dblclick();
    await page.locator(".editor-instance .view-line").getByText("old").click();
    await typing(FILE).waitFor();
    await page.keyboard.type("new ");
    await page.locator(".tab.dirty").waitFor();

    await window.chooseFromContextMenu([FILE], SEND);
    await window.dialog().getByText("1 file has changes that are not saved.").waitFor();
    await choose("Send as on Disk");
    await sent.reaches("waiting");
    assert.equal(await onDisk(), "old");
    await sent.press("cancel");
    await sent.failure();
    await sent.dismiss();

    await window.chooseFromContextMenu([FILE], SEND);
    await choose("Save and Send");
    await sent.reaches("waiting");
    assert.match(await onDisk(), /new/);
    await page.locator(".tab.dirty").waitFor({ state: "hidden" });
    await sent.press("cancel");
    await sent.failure();
    await sent.dismiss();

    await window.runCommand("File: New Untitled Text File");
    await typing("Untitled-1").waitFor();
    await page.keyboard.type("a note");
    await window.runCommand(`SecureShare: ${SEND}`);
    await window.pick("The file in the editor");
    await sent.reaches("waiting");
    assert.doesNotMatch(await sent.text(), /1 file/, "it is a text, and no file");
  });
});
