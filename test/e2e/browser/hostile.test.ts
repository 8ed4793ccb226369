import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { appendFile, readdir, readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import type { Random, Source } from "../../../src/core/ports";
import { sendTransfer } from "../../../src/core/session/transfer";
import { ALPHABET, drawCode, formatCode, parseCode } from "../../../src/core/wire/code";
import { nodePorts } from "../../../src/node/ports";
import { CliBench, type CliProcess, failsWith } from "../../support/cli";
import { FaultProxy } from "../../support/faults/faultProxy";
import { memorySource } from "../../support/memory/files";
import { Opened } from "../../support/opened";
import { pickedFiles } from "../../support/pickedFiles";
import { openTab, type Tab } from "../../support/tab";
import { makeTree } from "../../support/tree";
import { launchBrowser } from "../../support/vscode/browser";
import { TEST_MS } from "../../support/vscode/patience";

const MIB = 1024 * 1024;
const SIZE = 12 * MIB;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("browser page: bad networks and hostile company", function () {
  this.timeout(TEST_MS);
  let browser: Browser;
  let opened: Opened;
  let bench: CliBench;
  let tab: Tab;
  let network: FaultProxy;
  let url: string;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    opened = new Opened();
    bench = opened.add(await CliBench.open());
    ({ url } = await bench.relay());
    network = opened.add(await FaultProxy.open(Number(new URL(url).port)));
  });
  afterEach(() => opened.close());

  const stepsOf = async (): Promise<string> => {
    await tab.page.locator(".log summary").click();
    return tab.page.locator(".log ol").innerText();
  };

  /** Sends from the command line; `harm` is done to the tab's network half way. */
  async function receivesIn(harm: () => Promise<void> | void): Promise<string> {
    const content = randomBytes(SIZE);
    await makeTree(bench.path("from"), { "big.bin": { content } });
    const sender = bench.start(["send", "from/big.bin", "--relay", url, "--yes", "--json"]);
    tab = opened.add(await openTab(browser, network.url));
    await tab.receive((await sender.event("code")).code);
    await tab.press("confirm");
    const before = network.passed.down;
    const half = network.reaches("down", before + SIZE / 2);
    await tab.press("accept");
    await half;
    await harm();
    await tab.card("done");
    const saved = await tab.download("save");
    assert.equal(sha256(await readFile(await saved.path())), sha256(content));
    assert.equal((await sender.ended).exitCode, 0);
    return stepsOf();
  }

  it("goes on by itself after its connection was cut", async () => {
    assert.match(await receivesIn(() => network.cut()), /reconnected|again/i);
  });

  it("goes on after a while without any network", async () => {
    await receivesIn(async () => {
      network.vanish();
      await tab.card("reconnecting");
      network.comeBack();
    });
  });

  it("takes no bit that was turned over on the way", async () => {
    assert.match(await receivesIn(() => network.flip()), /reconnected|again/i);
  });

  it("is cancelled by its user though its network has fallen silent", async () => {
    await makeTree(bench.path("from"), { "big.bin": { content: randomBytes(SIZE) } });
    const sender = bench.start(["send", "from/big.bin", "--relay", url, "--yes", "--json"]);
    tab = opened.add(await openTab(browser, network.url));
    await tab.receive((await sender.event("code")).code);
    await tab.press("confirm");
    const half = network.reaches("down", network.passed.down + SIZE / 2);
    await tab.press("accept");
    await half;
    network.stall();
    await tab.press("cancel");
    await tab.card("failed");
    assert.equal(await tab.page.locator(".error-code").innerText(), "E_CANCELLED");
  });

  it("goes on sending after its connection was cut, without new digits", async () => {
    const content = randomBytes(SIZE);
    await makeTree(bench.path("from"), { "big.bin": { content } });
    tab = opened.add(await openTab(browser, network.url));
    await tab.page.locator("#pick-files").setInputFiles(bench.path("from/big.bin"));
    const options = ["--relay", url, "--out", "to", "--yes", "--json"];
    const receiver = bench.start(["receive", await tab.code(), ...options]);
    const half = network.reaches("up", network.passed.up + SIZE / 2);
    await tab.press("confirm");
    await half;
    network.cut();
    await tab.card("done");
    assert.equal((await receiver.ended).exitCode, 0);
    assert.equal(sha256(await readFile(bench.path("to/big.bin"))), sha256(content));
    assert.equal(receiver.events.filter(({ event }) => event === "verify").length, 1);
  });

  it("sends no file that changes while it is read", async () => {
    // Many times what the browser and the system may hold for a network that is slow.
    await makeTree(bench.path("from"), { "big.bin": { content: randomBytes(48 * MIB) } });
    tab = opened.add(await openTab(browser, network.url));
    await tab.page.locator("#pick-files").setInputFiles(bench.path("from/big.bin"));
    const options = ["--relay", url, "--out", "to", "--yes", "--json"];
    const receiver = bench.start(["receive", await tab.code(), ...options]);
    network.bytesPerSecond = 8 * MIB;
    const part = network.reaches("up", network.passed.up + 2 * MIB);
    await tab.press("confirm");
    await part;
    await appendFile(bench.path("from/big.bin"), "more");
    network.bytesPerSecond = 0;
    failsWith(await receiver.ended, "E_SOURCE_CHANGED");
    await tab.card("failed");
    assert.equal(await tab.page.locator(".error-code").innerText(), "E_SOURCE_CHANGED");
    assert.deepEqual(await readdir(bench.path("to")), []);
  });

  /** A tab that has half of a file in its picked folder, and no network any more. */
  async function halfInFolder(): Promise<{ digest: string; sender: CliProcess }> {
    const content = randomBytes(SIZE);
    await makeTree(bench.path("from"), { "big.bin": { content } });
    const sender = bench.start(["send", "from/big.bin", "--relay", url, "--yes", "--json"]);
    tab = opened.add(await openTab(browser, network.url, { picksFolders: true }));
    await tab.receive((await sender.event("code")).code);
    await tab.press("confirm");
    await tab.press("pickFolder");
    await tab.page.locator(".target bdi").waitFor();
    const half = network.reaches("down", network.passed.down + SIZE / 2);
    await tab.press("accept");
    await half;
    network.vanish();
    await tab.page.waitForFunction(async () => {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle("picked", { create: true });
      for await (const name of folder.keys()) if (name.endsWith(".part")) return true;
      return false;
    });
    return { digest: sha256(content), sender };
  }

  it("leaves nothing under a final name in a picked folder when it is closed half way", async () => {
    await halfInFolder();
    const next = await tab.page.context().newPage();
    await tab.page.close();
    network.comeBack();
    await next.goto(network.url.replace(/^ws/, "http"));
    const names = await next.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle("picked");
      const found: string[] = [];
      for await (const name of folder.keys()) found.push(name);
      return found;
    });
    assert.ok(names.length > 0);
    for (const name of names) assert.match(name, /^\.secureshare-.*\.part/);
  });

  it("overwrites nothing that appears in a picked folder meanwhile", async () => {
    const { digest, sender } = await halfInFolder();
    await tab.page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle("picked");
      const file = await folder.getFileHandle("big.bin", { create: true });
      const writable = await file.createWritable();
      await writable.write("mine");
      await writable.close();
    });
    network.comeBack();
    await tab.card("done");
    const mine = sha256(Buffer.from("mine"));
    const files = { "big.bin": mine, "big (1).bin": digest };
    assert.deepEqual(await pickedFiles(tab.page), files);
    assert.equal((await sender.ended).exitCode, 0);
  });

  /** A sender of the test's own in the same relay, which draws the code that it is told. */
  function sendAs(code: string | undefined, source: Source) {
    const ports = nodePorts();
    const controller = new AbortController();
    let shown: (code: string) => void = () => {};
    const drawn = new Promise<string>((resolve) => {
      shown = resolve;
    });
    let digits = "";
    const outcome = sendTransfer(
      { ...ports, source, random: code === undefined ? ports.random : drawing(code, ports.random) },
      {
        relays: [url],
        verify: "compare",
        automated: false,
        codeLifetimeMs: TEST_MS,
        padding: true,
        keepForMs: 0,
      },
      {
        event: (event) => {
          if (event.kind === "code") shown(formatCode(event.code));
        },
        verify: async (question) => {
          ({ digits } = question);
          return { kind: "confirmed" };
        },
        changed: async () => false,
      },
      controller.signal,
    );
    outcome.catch(() => {});
    return {
      drawn,
      outcome,
      digits: () => digits,
      stop: () => controller.abort(new Error("stop")),
    };
  }

  /** The first eleven bytes are the code's symbols, as `drawCode` takes them. */
  function drawing(code: string, random: Random): Random {
    const { room, secret } = parseCode(code);
    const symbols = Uint8Array.from(room + secret, (symbol) => ALPHABET.indexOf(symbol));
    let drawn = false;
    return {
      bytes(length) {
        if (drawn || length !== symbols.length) return random.bytes(length);
        drawn = true;
        return symbols.slice();
      },
    };
  }

  it("shows other digits than the sender when somebody with the code sits in between", async () => {
    const elsewhere = await bench.relay();
    await makeTree(bench.path("from"), { "a.txt": "one" });
    const relay = ["--relay", elsewhere.url];
    const sender = bench.start(["send", "from/a.txt", ...relay, "--json"], { stdin: "open" });
    const { code } = await sender.event("code");
    const middle = sendAs(code, await memorySource({ "a.txt": Buffer.from("evil") }));
    await middle.drawn;
    const spy = bench.start(["receive", code, ...relay, "--json"], { stdin: "open" });
    tab = opened.add(await openTab(browser, network.url));
    await tab.receive(code);
    await tab.card("verify");
    const [shown, theirs] = [await tab.digits(), (await sender.event("verify")).code];
    assert.match(shown, /^\d{6}$/);
    assert.notEqual(shown, theirs);
    await tab.press("reject");
    await tab.card("failed");
    assert.equal(await tab.page.locator(".error-code").innerText(), "E_VERIFY_REJECTED");
    await spy.event("verify");
    await assert.rejects(middle.outcome);
  });

  it("tries three times at a room in a day, also in another tab and after a reload", async () => {
    const code = formatCode(drawCode((n) => randomBytes(n)));
    tab = opened.add(await openTab(browser, network.url));
    const meet = async (): Promise<void> => {
      const sender = sendAs(code, await memorySource({ "a.txt": Buffer.from("one") }));
      await sender.drawn;
      await tab.receive(code);
      await tab.press("reject");
      await tab.card("failed");
      await assert.rejects(sender.outcome);
    };
    await meet();
    await tab.press("dismiss");
    await meet();
    await tab.page.reload();
    await meet();
    const sender = sendAs(code, await memorySource({ "a.txt": Buffer.from("one") }));
    await sender.drawn;
    const other = await tab.page.context().newPage();
    await other.goto(network.url.replace(/^ws/, "http"));
    await other.locator("#invitation input").fill(code);
    await other.locator('[data-action="receive"]').click();
    await other.locator(".error-code").getByText("E_CODE_ATTEMPTS").waitFor();
    sender.stop();
    await assert.rejects(sender.outcome);
  });

  it("can be made to save nothing outside, and shows names as they are", async () => {
    const names = ["../evil.txt", "/etc/evil", "a/../../evil", "invoice\u202efdp.exe", "good.txt"];
    const tree = Object.fromEntries(names.map((name) => [name, Buffer.from(name)]));
    const hostile = sendAs(undefined, await memorySource(tree));
    tab = opened.add(await openTab(browser, network.url));
    await tab.receive(await hostile.drawn);
    await tab.press("confirm");
    await tab.card("offer");
    assert.equal(await tab.page.locator(".tag-error").count(), 4);
    assert.ok(await tab.page.getByText("invoice\\u{202e}fdp.exe").isVisible());
    await tab.press("selectAll");
    await tab.press("accept");
    await tab.card("done");
    const saved = await tab.download("save");
    assert.equal(saved.suggestedFilename(), "good.txt");
    await hostile.outcome;
    assert.deepEqual(await tab.problems(), []);
  });
});
