import assert from "node:assert/strict";
import { useStage } from "../support/vscode/stage";
import { SEND } from "../support/vscode/users";

/** What someone else's folder may bring along: it would leave everything out. */
const FOREIGN = { ".vscode/settings.json": JSON.stringify({ "secureshare.send.exclude": ["**"] }) };

describe("a folder that is not trusted", function () {
  this.timeout(90_000);
  const settings = { "secureshare.relay.embedded.host": "127.0.0.1" };
  const stage = useStage({
    // Without the flag by which the other tests' windows trust every folder.
    cautious: { extension: TEST_ROOT, settings, flags: [] },
  });

  it("can be sent from, while its settings have no say until it is trusted", async () => {
    const user = await stage.sitDown("cautious", { "лист.txt": "1", ...FOREIGN });
    const { window, sent } = user;
    await window
      .dialog()
      .getByRole("button", { name: /No, I don't trust/ })
      .click();
    await window.page.getByText("Restricted Mode").first().waitFor();
    await user.send("лист.txt");
    await sent.press("cancel");
    assert.equal((await sent.failure()).code, "E_CANCELLED");
    await sent.press("dismiss");

    await window.runCommand("Workspaces: Manage Workspace Trust");
    await window.page.getByRole("button", { name: "Trust", exact: true }).click();
    await window.page.getByText("You trust this folder").first().waitFor();
    await window.chooseFromContextMenu(["лист.txt"], SEND);
    assert.equal((await sent.failure()).code, "E_NOTHING_TO_SEND");
  });
});
