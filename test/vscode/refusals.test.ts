import assert from "node:assert/strict";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { checkSymbol } from "../../src/core/wire/code";
import { describeTree } from "../support/tree";
import type { Card } from "../support/vscode/card";
import { networkTo, TRICKLE } from "../support/vscode/network";
import { TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";
import { confirmed, RECEIVE, type User } from "../support/vscode/users";

const LARGE = 16 * 2 ** 20;

describe("a transfer that does not come about", function () {
  this.timeout(TEST_MS);
  const settings = { "secureshare.relay.embedded.host": "127.0.0.1" };
  const stage = useStage({
    sender: { extension: TEST_ROOT, settings },
    receiver: { extension: TEST_ROOT },
  });

  let sender: User;
  let receiver: User;
  before(async () => {
    sender = await stage.sitDown("sender", { "лист.txt": "content", "великий.bin": "" });
    receiver = await stage.sitDown("receiver");
  });

  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const user of [sender, receiver]) await user.clear();
    for (const close of closing.splice(0)) await close();
  });

  /** The receiver enters the sender's code. */
  async function meet(): Promise<void> {
    await receiver.receive(await sender.send("лист.txt"));
  }

  it("ends on both sides with an explanation when the digits differ", async () => {
    await meet();
    await Promise.all([sender.sent.reaches("verify"), receiver.received.reaches("verify")]);
    await receiver.received.press("reject");
    await failsWith(receiver.received, "E_VERIFY_REJECTED", /rejected on this side/);
    await failsWith(sender.sent, "E_VERIFY_REJECTED", /rejected on the other side/);
    await sender.photograph("failed-rejected");
    assert.deepEqual(await describeTree(receiver.folder), []);
  });

  it("ends on both sides when the offer is declined", async () => {
    await meet();
    await confirmed(sender, receiver);
    await receiver.received.press("decline");
    await failsWith(receiver.received, "E_DECLINED", /declined on this side/);
    await failsWith(sender.sent, "E_DECLINED", /declined on the other side/);
    await receiver.photograph("failed-declined");
    assert.deepEqual(await describeTree(receiver.folder), []);
  });

  it("is cancelled half-way, with nothing left under a name", async () => {
    const file = await open(join(sender.folder, "великий.bin"), "r+");
    await file.truncate(LARGE);
    await file.close();
    const { network, spoken } = await networkTo(await sender.send("великий.bin"));
    closing.push(() => network.close());
    await receiver.receive(spoken);
    await confirmed(sender, receiver);
    network.bytesPerSecond = TRICKLE;
    await receiver.received.press("accept");
    await Promise.all([sender.sent.reaches("moving"), receiver.received.reaches("moving")]);
    await receiver.window
      .statusItem("transfers")
      .getByText(/^\s*\d+\s?%$/)
      .waitFor();
    await sender.photograph("moving");
    await receiver.photograph("moving-receiver");
    await sender.sent.press("cancel");
    await failsWith(sender.sent, "E_CANCELLED", /cancelled on this side/);
    network.bytesPerSecond = 0;
    await failsWith(receiver.received, "E_CANCELLED", /cancelled on the other side/);
    await receiver.window.statusItem("transfers").waitFor({ state: "hidden" });
    assert.deepEqual(await describeTree(receiver.folder), []);
  });

  it("fails with a wrong code, and goes on with the right one", async () => {
    const spoken = await sender.send("лист.txt");
    await receiver.receive(anotherSecret(spoken));
    await failsWith(receiver.received, "E_CODE_WRONG", /The code is wrong/);
    await receiver.photograph("failed-wrong-code");
    await receiver.received.dismiss();
    await sender.sent.root.locator(".note").getByText("2 attempts are left").waitFor();
    await sender.sent.reaches("waiting");
    await sender.photograph("waiting-after-wrong-code");
    await receiver.receive(spoken);
    assert.equal(await receiver.received.digits(), await sender.sent.digits());
  });

  it("does not even begin with a mistyped code", async () => {
    const relay = await countingServer();
    try {
      const code = "k7qm-3x9d-t2v7";
      const { window } = receiver;
      await window.runCommand(RECEIVE);
      await window.answer(`${code.replace("9", "8")}@127.0.0.1:${relay.port}`);
      await window.page.getByText("The code is mistyped").first().waitFor();
      await window.screenshot("mistyped");
      assert.equal(relay.connections(), 0);
      await window.page.keyboard.press("Escape");
      // The same way with a code that has no slip does connect.
      await receiver.receive(`${rightCheck(code)}@127.0.0.1:${relay.port}`);
      await receiver.received.reaches("failed");
      assert.ok(relay.connections() > 0);
    } finally {
      await relay.close();
    }
  });
});

async function failsWith(card: Card, code: string, text: RegExp): Promise<void> {
  const failure = await card.failure();
  assert.equal(failure.code, code);
  assert.match(failure.text, text);
}

/** The same room and another secret, with the check symbol that fits. */
function anotherSecret(spoken: string): string {
  const [code = "", address] = spoken.split("@");
  const last = code.at(-2) === "0" ? "1" : "0";
  return `${rightCheck(`${code.slice(0, -2)}${last}0`)}@${address}`;
}

/** A code with its check symbol put right. */
function rightCheck(code: string): string {
  return `${code.slice(0, -1)}${checkSymbol(code.replaceAll("-", "").slice(0, -1))}`;
}

/** Takes connections, counts them and ends them at once. */
async function countingServer() {
  let count = 0;
  const server = createServer((socket) => {
    count++;
    socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.close();
    await once(server, "close");
  };
  return { port, connections: () => count, close };
}
