import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { EXTENSION_ID } from "../support/vscode/card";
import { eventually } from "../support/vscode/eventually";
import { PATIENCE_MS, TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";
import type { User } from "../support/vscode/users";

const START = "SecureShare: Start Embedded Relay";
const STOP = "SecureShare: Stop Embedded Relay";
const SHOW = "SecureShare: Show Transfers";

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function refuses(port: number): Promise<void> {
  return eventually(PATIENCE_MS, async () => assert.equal(await answers(port), false));
}

function relays({ window }: User) {
  return window.view(EXTENSION_ID).locator(".relays");
}

/** Starts the relay; the port that the view then shows. */
async function startRelay(user: User): Promise<number> {
  await user.window.runCommand(START);
  await user.window.notification("The relay in this window runs at 127.0.0.1:");
  await user.window.runCommand(SHOW);
  const address = await relays(user).locator("h3").innerText();
  assert.match(address, /^127\.0\.0\.1:\d+$/);
  return Number(address.split(":")[1]);
}

describe("the window's own relay", function () {
  this.timeout(TEST_MS);
  const settings = { "secureshare.relay.embedded.host": "127.0.0.1" };
  const stage = useStage({ desk: { extension: TEST_ROOT, settings } });

  it("starts from the palette, is seen in the view, and ends by its button", async () => {
    const user = await stage.sitDown("desk");
    const port = await startRelay(user);
    assert.equal(await answers(port), true);
    const said = await relays(user).innerText();
    assert.match(said, /this computer only[^]*the computer that holds this window's files/);
    assert.doesNotMatch(said, /files \([^)]*:\d+\)/, "an address of a browser's is no computer");
    await user.photograph("relay");
    await relays(user).locator("[data-action=stopRelay]").click();
    await user.window.notification("The relay in this window has been stopped.");
    await refuses(port);
    await relays(user).waitFor({ state: "detached" });
  });

  it("takes another port where its own is taken, and says which", async () => {
    const squatter = createServer();
    await once(squatter.listen(0, "127.0.0.1"), "listening");
    const address = squatter.address();
    const taken = address !== null && typeof address === "object" ? address.port : 0;
    await stage.prefer("desk", { "secureshare.relay.embedded.port": taken });
    try {
      const user = await stage.sitDown("desk");
      const port = await startRelay(user);
      assert.notEqual(port, taken);
      await user.window.runCommand(STOP);
      await refuses(port);
    } finally {
      squatter.close();
      await stage.prefer("desk", { "secureshare.relay.embedded.port": 0 });
    }
  });

  it("says why where it cannot listen at all", async () => {
    // An address of documentation (RFC 5737), which no computer has.
    await stage.prefer("desk", { "secureshare.relay.embedded.host": "192.0.2.1" });
    try {
      const user = await stage.sitDown("desk");
      await user.window.runCommand(START);
      await user.window.notification(/cannot listen at ws:\/\/192\.0\.2\.1:0 .*EADDRNOTAVAIL/);
    } finally {
      await stage.prefer("desk", settings);
    }
  });

  it("ends with its window", async () => {
    const user = await stage.sitDown("desk");
    const port = await startRelay(user);
    assert.equal(await answers(port), true);
    await user.window.page.goto("about:blank");
    await refuses(port);
  });
});
