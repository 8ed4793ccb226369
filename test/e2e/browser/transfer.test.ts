import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import type { ErrorCode } from "../../../src/core/errors";
import { CliBench, type CliProcess, failsWith } from "../../support/cli";
import { Opened } from "../../support/opened";
import { pickedFiles } from "../../support/pickedFiles";
import { openTab, type Tab, type TabOptions } from "../../support/tab";
import { makeTree } from "../../support/tree";
import { launchBrowser } from "../../support/vscode/browser";
import { TEST_MS } from "../../support/vscode/patience";
import { readStoredZip } from "./archive";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const MARKUP = "<img src=x onerror=window.hacked=1>.txt";

describe("browser page: transfers with the command line", function () {
  this.timeout(TEST_MS);
  let browser: Browser;
  let opened: Opened;
  let bench: CliBench;
  let tab: Tab;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    opened = new Opened();
    bench = opened.add(await CliBench.open());
  });
  afterEach(() => opened.close());

  async function openPage(url: string, options?: TabOptions): Promise<Tab> {
    const page = opened.add(await openTab(browser, url, options));
    opened.check(async () => assert.deepEqual(await page.problems(), []));
    return page;
  }

  async function confirm(process: CliProcess): Promise<void> {
    await tab.card("verify");
    const { code } = await process.event("verify");
    assert.equal(await tab.digits(), code);
    await tab.press("confirm");
  }

  /** A tab that has been offered what a command line sends. */
  async function offered(args: readonly string[], options?: TabOptions): Promise<CliProcess> {
    const { url } = await bench.relay();
    const sender = bench.start(["send", ...args, "--relay", url, "--yes", "--json"]);
    const { link } = await sender.event("code");
    tab = await openPage(link, options);
    await tab.press("receive");
    await confirm(sender);
    return sender;
  }

  /** A command line that receives what the tab has begun to send. */
  async function receiverOf(url: string): Promise<CliProcess> {
    await tab.card("waiting");
    const args = ["--relay", url, "--out", "to", "--yes", "--json"];
    const receiver = bench.start(["receive", await tab.code(), ...args]);
    await confirm(receiver);
    return receiver;
  }

  it("receives one file, with the code from the link, and saves it", async () => {
    const content = randomBytes(5 * 1024 * 1024 + 3);
    await makeTree(bench.path("from"), { "Größe 1.bin": { content } });
    const sender = await offered(["from/Größe 1.bin"]);
    assert.equal(new URL(tab.page.url()).hash, "", "the code is no longer in the address");
    await tab.card("offer");
    await tab.press("accept");
    await tab.card("done");
    assert.match(await tab.page.locator(".checksum").innerText(), new RegExp(sha256(content)));
    const outcome = await tab.page.locator(".result-what").innerText();
    assert.match(outcome, /^received/, "nobody has saved it yet");
    const saved = await tab.download("save");
    assert.equal(saved.suggestedFilename(), "Größe 1.bin");
    assert.equal(sha256(await readFile(await saved.path())), sha256(content));
    assert.equal((await sender.ended).exitCode, 0);
  });

  it("writes a tree into a picked folder, without what could run, and keeps what is there", async () => {
    await makeTree(bench.path("from/data"), {
      "звіт.txt": "Доброго дня\n",
      [`inner/${MARKUP}`]: "markup",
      "inner/empty": "",
      "inner/none": null,
      ".git/hooks/pre-commit": "#!/bin/sh\n",
    });
    const sender = await offered(["from/data"], { picksFolders: true });
    await tab.card("offer");
    assert.ok(await tab.page.getByText("No folder chosen yet").isVisible());
    await tab.press("pickFolder");
    await tab.page.locator(".tag-warning").first().waitFor();
    const ticked = tab.page.locator(".tree input:checked");
    const names = await ticked.locator("xpath=ancestor::li[1]//bdi").allInnerTexts();
    assert.ok(!names.includes("pre-commit"), names.join());
    assert.ok(await tab.page.getByText(MARKUP).first().isVisible());
    assert.equal(await tab.page.evaluate(() => "hacked" in window), false);
    await tab.press("accept");
    await tab.card("done");
    assert.deepEqual(await pickedFiles(tab.page), {
      data: "folder",
      "data/звіт.txt": sha256(Buffer.from("Доброго дня\n")),
      "data/inner": "folder",
      [`data/inner/${MARKUP}`]: sha256(Buffer.from("markup")),
      "data/inner/empty": sha256(Buffer.alloc(0)),
      "data/inner/none": "folder",
    });
    assert.equal((await sender.ended).exitCode, 0);
  });

  it("renames, overwrites or skips what is in the picked folder, as its user says", async () => {
    const { url } = await bench.relay();
    await makeTree(bench.path("from"), { "a.txt": "one" });
    const seen: Record<string, unknown>[] = [];
    tab = await openPage(url, { picksFolders: true });
    for (const [policy, content] of [
      [undefined, "first"],
      [0, "second"],
      [1, "third"],
      [2, "fourth"],
    ] as const) {
      await makeTree(bench.path("from"), { "a.txt": content });
      const sender = bench.start(["send", "from/a.txt", "--relay", url, "--yes", "--json"]);
      await tab.receive((await sender.event("code")).code);
      await confirm(sender);
      await tab.press("pickFolder");
      await tab.page.locator(".target bdi").waitFor();
      if (policy !== undefined)
        await tab.page.locator(".target select").selectOption({ index: policy });
      await tab.press("accept");
      await tab.card("done");
      await tab.press("dismiss");
      seen.push(await pickedFiles(tab.page));
    }
    const hash = (text: string) => sha256(Buffer.from(text));
    const [first, second, third] = ["first", "second", "third"].map(hash);
    assert.deepEqual(seen, [
      { "a.txt": first },
      { "a.txt": first, "a (1).txt": second },
      { "a.txt": third, "a (1).txt": second },
      { "a.txt": third, "a (1).txt": second },
    ]);
  });

  it("packs a tree into an archive where no folder can be picked", async () => {
    const big = randomBytes(700_001);
    await makeTree(bench.path("from/data"), {
      "звіт.txt": "Доброго дня\n",
      "inner/big": { content: big },
      "inner/none": null,
    });
    await offered(["from/data"], { width: 360 });
    await tab.press("accept");
    await tab.card("done");
    const saved = await tab.download("saveAll");
    const entries = readStoredZip(await readFile(await saved.path()));
    assert.deepEqual([...entries.keys()].sort(), [
      "data/",
      "data/inner/",
      "data/inner/big",
      "data/inner/none/",
      "data/звіт.txt",
    ]);
    assert.equal(entries.get("data/звіт.txt")?.toString(), "Доброго дня\n");
    assert.equal(sha256(entries.get("data/inner/big") ?? Buffer.alloc(0)), sha256(big));
  });

  it("saves many files one by one where an archive finds no room", async () => {
    const names = Array.from({ length: 21 }, (_, n) => `${n}.txt`);
    await makeTree(bench.path("from"), Object.fromEntries(names.map((name) => [name, name])));
    await offered(names.map((name) => `from/${name}`));
    await tab.press("accept");
    await tab.card("done");
    const singly = tab.page.locator('[data-action="save"]');
    assert.equal(await singly.count(), 0, "too many to be shown unasked");
    await tab.limitDisk(1);
    await tab.press("saveAll");
    await tab.page.getByRole("alert").getByText("There is no room for an archive").waitFor();
    assert.equal(await singly.count(), 21);
    for (const n of [0, 20]) {
      const saved = await tab.download("save", n);
      assert.equal(await readFile(await saved.path(), "utf8"), saved.suggestedFilename());
    }
  });

  it("sends files, a folder and what is dropped", async () => {
    await makeTree(bench.path("from"), { "a.txt": "one", "b ü.txt": "two" });
    await makeTree(bench.path("from/tree"), { "x/y/deep.txt": "deep", "z.txt": "flat" });
    const { url } = await bench.relay();
    tab = await openPage(url);
    const files = [bench.path("from/a.txt"), bench.path("from/b ü.txt")];
    await tab.page.locator("#pick-files").setInputFiles(files);
    const first = await receiverOf(url);
    assert.equal((await first.ended).exitCode, 0);
    assert.equal(await readFile(bench.path("to/a.txt"), "utf8"), "one");
    assert.equal(await readFile(bench.path("to/b ü.txt"), "utf8"), "two");
    await tab.press("dismiss");

    await tab.page.locator("#pick-folder").setInputFiles(bench.path("from/tree"));
    const second = await receiverOf(url);
    assert.equal((await second.ended).exitCode, 0);
    assert.equal(await readFile(bench.path("to/tree/x/y/deep.txt"), "utf8"), "deep");
    await tab.press("dismiss");

    await tab.page.locator(".drop").evaluate((zone) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["dropped"], "dropped.txt"));
      zone.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    });
    const third = await receiverOf(url);
    assert.equal((await third.ended).exitCode, 0);
    assert.equal(await readFile(bench.path("to/dropped.txt"), "utf8"), "dropped");
  });

  const changes: readonly [string, (path: string) => Promise<void>, ErrorCode][] = [
    ["changed", (path) => writeFile(path, "something else, of another length"), "E_SOURCE_CHANGED"],
    ["vanished", (path) => rm(path), "E_SOURCE_VANISHED"],
  ];
  for (const [what, change, code] of changes)
    it(`says of a file that has ${what} since it was picked, and sends the others`, async () => {
      await makeTree(bench.path("from"), { "a.txt": "one", "b.txt": "two" });
      const { url } = await bench.relay();
      tab = await openPage(url);
      const files = [bench.path("from/a.txt"), bench.path("from/b.txt")];
      await tab.page.locator("#pick-files").setInputFiles(files);
      await tab.card("waiting");
      await change(bench.path("from/a.txt"));
      const receiver = await receiverOf(url);
      failsWith(await receiver.ended, code);
      await tab.card("failed");
      assert.equal(await tab.page.locator(".error-code").innerText(), code);
      assert.deepEqual(await readdir(bench.path("to")), ["b.txt"]);
    });

  it("shows that the browser gives too little room, and takes nothing", async () => {
    await makeTree(bench.path("from"), { "sparse.bin": "" });
    await truncate(bench.path("from/sparse.bin"), 4 * 1024 ** 4);
    await offered(["from/sparse.bin"]);
    assert.match(await tab.page.locator(".target .note-error").innerText(), /Too little space/);
    await tab.press("accept");
    await tab.card("failed");
    assert.equal(await tab.page.locator(".error-code").innerText(), "E_NO_SPACE");
  });

  it("sends a text, and shows one that comes", async () => {
    const { url } = await bench.relay();
    tab = await openPage(url);
    await tab.page.locator("#text").fill(`Привіт ${MARKUP}`);
    await tab.press("sendText");
    const receiver = await receiverOf(url);
    assert.equal((await receiver.event("text")).text, `Привіт ${MARKUP}`);
    await receiver.ended;
    await tab.press("dismiss");

    const sender = bench.start(["send", "--text", MARKUP, "--relay", url, "--yes", "--json"]);
    await tab.receive((await sender.event("code")).code);
    await confirm(sender);
    await tab.press("accept");
    await tab.card("done");
    assert.equal(await tab.page.locator("pre.received").innerText(), MARKUP);
  });

  it("has another tab for its other side", async () => {
    const { url } = await bench.relay();
    tab = await openPage(url);
    await tab.page.locator("#text").fill("from tab to tab");
    await tab.press("sendText");
    const other = await openPage(url);
    await other.receive(await tab.page.locator(".link figcaption bdi").innerText());
    await Promise.all([tab.card("verify"), other.card("verify")]);
    assert.equal(await tab.digits(), await other.digits());
    await Promise.all([tab.press("confirm"), other.press("confirm")]);
    await other.press("accept");
    await Promise.all([tab.card("done"), other.card("done")]);
    assert.equal(await other.page.locator("pre.received").innerText(), "from tab to tab");
  });

  it("catches a typing slip by itself, and leads to another relay's page", async () => {
    const { url } = await bench.relay();
    tab = await openPage(url);
    await tab.receive("k7qm-3x9d-t2v8");
    await tab.page.locator(".note-error").waitFor();
    await tab.receive("https://relay.example/#k7qm-3x9d-t2v7".replace("t2v7", await lastGroup()));
    const link = tab.page.locator(".receive a");
    assert.match((await link.getAttribute("href")) ?? "", /^https:\/\/relay\.example\/#k7qm-3x9d-/);

    /** With the right check symbol, whichever that is. */
    async function lastGroup(): Promise<string> {
      for (const symbol of "0123456789abcdefghjkmnpqrstvwxyz") {
        await tab.page.locator("#invitation input").fill(`k7qm-3x9d-t2v${symbol}`);
        if (await tab.page.locator(".receive .note-pass").isVisible()) return `t2v${symbol}`;
      }
      throw new Error("no check symbol fits");
    }
  });

  it("tells who leaves that something would be lost", async () => {
    await makeTree(bench.path("from"), { "a.txt": "one" });
    await offered(["from/a.txt"]);
    await tab.press("accept");
    await tab.card("done");
    const asked = tab.page.waitForEvent("dialog");
    await tab.page.close({ runBeforeUnload: true });
    const dialog = await asked;
    assert.equal(dialog.type(), "beforeunload");
    await dialog.dismiss();
    await tab.press("dismiss");
  });
});
