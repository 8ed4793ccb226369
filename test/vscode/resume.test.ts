import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFile, readFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { describeTree } from "../support/tree";
import { type Card, EXTENSION_ID } from "../support/vscode/card";
import { eventually } from "../support/vscode/eventually";
import { networkTo, TRICKLE } from "../support/vscode/network";
import { PATIENCE_MS, TEST_MS } from "../support/vscode/patience";
import { useStage } from "../support/vscode/stage";
import { confirmed, type User } from "../support/vscode/users";

const MIB = 1024 * 1024;
const SIZE = 16 * MIB;
/** Bytes a second: so fast that a record comes in seconds, so slow that the file does not end before it is looked at. */
const STROLL = 512 * 1024;
/** What may have left the sender and not be on the receiver's disk when a window goes. */
const IN_FLIGHT = 8 * MIB;
const NAME = "Запис.bin";
const SHOW = "SecureShare: Show Transfers";
const RESUME = "SecureShare: Resume Interrupted Transfer…";

describe("a transfer that is interrupted", function () {
  this.timeout(TEST_MS);
  const settings = { "secureshare.relay.embedded.host": "127.0.0.1" };
  const stage = useStage({
    sender: { extension: TEST_ROOT, settings },
    receiver: { extension: TEST_ROOT },
  });
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  /** Two users with a network between them that can be slowed, at the digits. */
  async function met() {
    const content = randomBytes(SIZE);
    const sender = await stage.sitDown("sender", { [NAME]: { content } });
    const receiver = await stage.sitDown("receiver");
    const { network, relayPort, spoken } = await networkTo(await sender.send(NAME));
    closing.push(() => network.close());
    await receiver.receive(spoken);
    return { sender, receiver, network, content, relayPort };
  }

  /** Some way into the file, and hardly moving. */
  async function underWay() {
    const scene = await met();
    await confirmed(scene.sender, scene.receiver);
    scene.network.bytesPerSecond = 1.5 * MIB;
    await scene.receiver.received.press("accept");
    await scene.network.reaches("down", 3 * MIB);
    scene.network.bytesPerSecond = TRICKLE;
    return scene;
  }

  async function arrives(
    receiver: User,
    sender: User,
    content: Buffer,
    folder = receiver.folder,
  ): Promise<void> {
    await Promise.all([receiver.received.reaches("done"), sender.sent.reaches("done")]);
    const sum = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
    assert.equal(sum(await readFile(join(folder, NAME))), sum(content));
    assert.equal((await receiver.received.checksums()).get(NAME), sum(content));
    assert.equal((await describeTree(folder)).length, 1, "nothing half-written stays");
  }

  it("goes on by itself after each user has reloaded the window, with the view hidden", async () => {
    const { sender, receiver, network, content } = await underWay();
    for (const { window } of [receiver, sender]) {
      await window.showExplorer();
      await window.reload();
      network.bytesPerSecond = STROLL;
      // Bytes that pass say nothing: those of the old connection do so, too.
      await window.statusItem("transfers").getByText("%").waitFor();
      network.bytesPerSecond = TRICKLE;
    }
    network.bytesPerSecond = 0;
    for (const { window } of [receiver, sender]) await window.runCommand(SHOW);
    await arrives(receiver, sender, content);
    assert.ok(network.passed.down < SIZE + 2 * IN_FLIGHT, `${network.passed.down} bytes passed`);
  });

  it("goes on at one press after the receiver has closed the window, from another one", async () => {
    const { sender, receiver, network, content } = await underWay();
    const later = await stage.sitDown("receiver");
    await later.window.runCommand(SHOW);
    const item = later.window.view(EXTENSION_ID).locator("[data-journal]");
    await item.getByText("Running in another window or program").waitFor();
    assert.equal(await item.locator("[data-action=resume]").count(), 0);

    await close(receiver);
    network.cut();
    await sender.sent.reaches("reconnecting");
    await sender.photograph("resume-reconnecting");
    await item.locator("[data-action=resume]").waitFor();
    await later.photograph("resume-list");
    await item.locator("[data-action=resume]").click();
    network.bytesPerSecond = 0;
    await arrives(later, sender, content, receiver.folder);
    await item.waitFor({ state: "detached" });
    await later.photograph("resume-done");
  });

  it("finds a sender whose relay had to come back on another port, by its new address", async () => {
    const { sender, receiver, network, content, relayPort } = await underWay();
    await close(sender);
    network.cut();
    await receiver.received.reaches("reconnecting");
    const occupied = await occupy(relayPort);
    closing.push(async () => occupied.close());
    // What comes to the old address finds nobody who answers it.
    network.vanish();

    const later = await stage.sitDown("sender");
    await later.window.runCommand(RESUME);
    await later.window.screenshot("resume-palette");
    await later.window.pick(`Sending ${NAME}`);
    const address = later.sent.root.locator(".address bdi");
    await address.waitFor();
    await later.photograph("resume-moved");
    const now = await address.innerText();
    assert.notEqual(now, `127.0.0.1:${relayPort}`);

    await receiver.received.press("nameAddress");
    await receiver.window.answer(now);
    await arrives(receiver, later, content);
  });

  /** The question about a changed file that stands on a card: the file, and both its sizes. */
  async function changed(card: Card): Promise<string> {
    await card.reaches("changed");
    return card.root.locator(".current, .current + p").allInnerTexts().then(String);
  }

  it("asks for the same digits, for the offer and about a changed file again after a reload", async () => {
    const { sender, receiver, content } = await met();
    const digits = await sender.sent.digits();
    assert.equal(await receiver.received.digits(), digits);
    for (const { window } of [receiver, sender]) {
      await window.reload();
      await window.runCommand(SHOW);
    }
    assert.equal(await receiver.received.digits(), digits);
    assert.equal(await sender.sent.digits(), digits);
    assert.deepEqual(await describeTree(receiver.folder), []);
    await confirmed(sender, receiver);
    await receiver.window.reload();
    await receiver.window.runCommand(SHOW);
    await receiver.received.reaches("offer");

    const more = randomBytes(MIB);
    await appendFile(join(sender.folder, NAME), more);
    await receiver.received.press("accept");
    for (const [{ window }, card] of [
      [sender, sender.sent],
      [receiver, receiver.received],
    ] as const) {
      const question = await changed(card);
      assert.match(question, /16\sMB.*17\sMB/);
      await window.reload();
      await window.runCommand(SHOW);
      assert.equal(await changed(card), question);
      await card.press("changedYes");
    }
    await arrives(receiver, sender, Buffer.concat([content, more]));
  });

  it("stands still while one user, or the other, has paused it", async () => {
    const { sender, receiver, network, content } = await underWay();
    const says = (user: User, words: string) =>
      (user === sender ? sender.sent : receiver.received).root.getByText(words).waitFor();
    await receiver.received.press("pause");
    await says(receiver, "Paused by you");
    await says(sender, "Paused by the other side");
    await receiver.window.statusItem("transfers").getByText("paused").waitFor();
    await receiver.photograph("paused");
    await sender.window.runCommand("SecureShare: Pause Transfer");
    await says(sender, "Paused by both sides");
    await receiver.window.reload();
    await receiver.window.runCommand(SHOW);
    await says(receiver, "Paused by both sides");
    await receiver.received.press("unpause");
    await says(receiver, "Paused by the other side");
    network.bytesPerSecond = 0;
    await sender.window.runCommand("SecureShare: Resume Transfer");
    await arrives(receiver, sender, content);
  });
});

/** Another page in the window's tab: to the window it is the same as being closed. */
async function close({ window }: User): Promise<void> {
  await window.page.goto("about:blank");
}

/** Takes a port as soon as it is free. */
function occupy(port: number): Promise<Server> {
  return eventually(PATIENCE_MS, async () => {
    const server = createServer((socket) => socket.destroy());
    await once(server.listen(port, "127.0.0.1"), "listening");
    return server;
  });
}
