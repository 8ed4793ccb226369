import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { lstat, mkdir, readFile, stat, symlink } from "node:fs/promises";
import { buildCli, CliBench, unusedPort } from "../../support/cli";
import { describeTree, makeTree, type Tree } from "../../support/tree";

const TREE: Tree = {
  "data/звіт.txt": { content: "Доброго дня\n", mtime: 1_600_000_000_123 },
  "data/Größe.md": { content: "schön", mtime: 1_500_000_000_000 },
  "data/🚀 launch 👩‍🚀/plan": "go",
  "data/empty file": "",
  "data/empty folder/inner": null,
  "data/run.sh": { content: "#!/bin/sh\n", executable: true },
  "data/big.bin": { content: randomBytes(3 * 1024 * 1024 + 17) },
  'data/a\'b "c" $(d)': "quotes",
};

describe("command line: transfers", function () {
  this.timeout(180_000);
  let bench: CliBench;
  before(buildCli);
  beforeEach(async () => {
    bench = await CliBench.open();
  });
  afterEach(() => bench.close());

  it("moves a folder through a relay, and every byte, time and mode arrives", async () => {
    await makeTree(bench.path("from"), TREE);
    const { url } = await bench.relay();
    const sender = bench.start(["send", "from/data", "--relay", url, "--yes", "--json"]);
    const { code, relay } = await sender.event("code");
    assert.equal(relay, url);
    const receiver = bench.start([
      "receive",
      code,
      "--relay",
      url,
      "--out",
      "to",
      "--yes",
      "--json",
    ]);
    const [sent, received] = await Promise.all([sender.ended, receiver.ended]);
    assert.equal(sent.exitCode, 0, sent.stdout + sent.stderr);
    assert.equal(received.exitCode, 0, received.stdout + received.stderr);
    assert.deepEqual(await describeTree(bench.path("to")), await describeTree(bench.path("from")));
    const [mine, theirs] = [sender, receiver].map(({ events }) =>
      events.find((event) => event.event === "verify"),
    );
    assert.equal(mine?.code, theirs?.code);
    const folder = await stat(bench.path("to/data"));
    assert.equal(
      Math.floor(folder.mtimeMs),
      Math.floor((await stat(bench.path("from/data"))).mtimeMs),
    );
  });

  it("needs nothing but what the sender shows: the code with the address beside it", async () => {
    await makeTree(bench.path("from"), { "a.txt": "one" });
    const sender = bench.start(["send", "from/a.txt", "--relay-host", "127.0.0.1", "--yes"]);
    await sender.shows(/Link/);
    const spoken = /\S+@127\.0\.0\.1:\d+/.exec(sender.stdout)?.[0] ?? "";
    const received = await bench.run(["receive", "--out", "to", "--yes"], {
      env: { SECURESHARE_CODE: spoken },
    });
    assert.equal(received.exitCode, 0, received.stderr);
    assert.equal((await sender.ended).exitCode, 0);
    assert.equal(await readFile(bench.path("to/a.txt"), "utf8"), "one");
  });

  it("takes a link", async () => {
    await makeTree(bench.path("from"), { "a.txt": "one" });
    const sender = bench.start([
      "send",
      "from/a.txt",
      "--relay-host",
      "127.0.0.1",
      "--yes",
      "--json",
    ]);
    const { link } = await sender.event("code");
    const received = await bench.run(["receive", link, "--yes", "--out", "to"]);
    assert.equal(received.exitCode, 0, received.stderr);
    assert.equal((await sender.ended).exitCode, 0);
  });

  it("pipes a text through, exactly", async () => {
    const { url } = await bench.relay();
    const text = "перший рядок\n\u001b[31mnot red\t\r\nno line break at the end";
    const sender = bench.start(["send", "--text", "-", "--relay", url, "--yes", "--json"], {
      stdin: "open",
    });
    sender.child.stdin?.end(text);
    const { code } = await sender.event("code");
    const received = await bench.run(["receive", code, "--relay", url, "--yes", "--quiet"]);
    assert.equal(received.exitCode, 0, received.stderr);
    assert.equal(received.stdout, text);
    assert.equal((await sender.ended).exitCode, 0);
  });

  it("sends over the first relay that answers, and looks for the code on all", async () => {
    await makeTree(bench.path("from"), { "a.txt": "one" });
    const [one, two] = [await bench.relay(), await bench.relay()];
    const dead = `ws://127.0.0.1:${await unusedPort()}`;
    const relays = (...urls: string[]) => urls.flatMap((url) => ["--relay", url]);
    const sender = bench.start(
      ["send", "from/a.txt", "--yes", "--json"].concat(relays(dead, two.url, one.url)),
    );
    const { code, relay } = await sender.event("code");
    assert.equal(relay, two.url);
    const received = await bench.run(
      ["receive", code, "--out", "to", "--yes"].concat(relays(dead, one.url, two.url)),
    );
    assert.equal(received.exitCode, 0, received.stderr);
    assert.equal((await sender.ended).exitCode, 0);
  });

  it("takes part of an offer, by the answers of a script", async () => {
    await makeTree(bench.path("from"), { "x/a": "one", "x/b": "two", "x/c": "three" });
    const { url } = await bench.relay();
    const sender = bench.start(["send", "from/x", "--relay", url, "--json"], { stdin: "open" });
    const { code } = await sender.event("code");
    const receiver = bench.start(["receive", code, "--relay", url, "--json"], { stdin: "open" });
    const { code: digits } = await receiver.event("verify");
    sender.say({ answer: "verify", digits });
    receiver.say({ answer: "verify", confirm: true });
    const { items } = await receiver.event("offer");
    assert.deepEqual(
      items.map(({ path, bytes }) => [path, bytes]),
      [
        ["x", 0],
        ["x/a", 3],
        ["x/b", 3],
        ["x/c", 5],
      ],
    );
    receiver.say({ answer: "offer", accept: true, items: [0, 2], folder: "chosen" });
    assert.equal((await receiver.ended).exitCode, 0);
    assert.equal((await sender.ended).exitCode, 0);
    const tree = await describeTree(bench.path("chosen"));
    assert.deepEqual(
      tree.map((line) => line.split(" ")[0]),
      ["x", "x/b"],
    );
    const done = await receiver.event("done");
    assert.equal(done.outcome, "partial");
  });

  it("types the digits where a side asks for that", async () => {
    await makeTree(bench.path("from"), { a: "one" });
    const { url } = await bench.relay();
    const sender = bench.start(["send", "from/a", "--relay", url, "--verify", "type", "--json"], {
      stdin: "open",
    });
    const { code } = await sender.event("code");
    const receiver = bench.start(["receive", code, "--relay", url, "--json"], { stdin: "open" });
    const asked = await sender.event("verify");
    assert.deepEqual([asked.mode, asked.code], ["type", null]);
    const { code: digits } = await receiver.event("verify");
    sender.say({ answer: "verify", digits: digits === "000000" ? "000001" : "000000" });
    sender.say({ answer: "verify", digits: digits ?? "" });
    receiver.say({ answer: "verify", confirm: true });
    await receiver.event("offer");
    receiver.say({ answer: "offer", accept: true });
    assert.equal((await receiver.ended).exitCode, 0);
    assert.equal((await sender.ended).exitCode, 0);
  });

  it("leaves out what patterns and .gitignore name, and links that lead outside", async () => {
    await makeTree(bench.path("from"), {
      "p/.gitignore": "*.log\n",
      "p/.git/config": "secret",
      "p/a.log": "1",
      "p/a.o": "2",
      "p/keep": "3",
    });
    await symlink("/etc/hostname", bench.path("from/p/link"));
    const { url } = await bench.relay();
    const patterns = ["--exclude", "*.o", "--respect-gitignore"];
    const args = ["send", "from/p", "--relay", url, "--yes", "--json", ...patterns];
    const sender = bench.start(args);
    const { code } = await sender.event("code");
    const received = await bench.run(["receive", code, "--relay", url, "--yes", "--out", "to"]);
    assert.equal(received.exitCode, 0, received.stderr);
    await sender.ended;
    const left = sender.events.flatMap((event) =>
      event.event === "file" && event.outcome === "left-out" ? [[event.path, event.reason]] : [],
    );
    assert.deepEqual(left, [
      ["p/.git", "ignored"],
      ["p/a.log", "ignored"],
      ["p/a.o", "excluded"],
      ["p/link", "link-outside"],
    ]);
    const tree = await describeTree(bench.path("to"));
    assert.deepEqual(
      tree.map((line) => line.split(" ")[0]),
      ["p", "p/.gitignore", "p/keep"],
    );
  });

  it("takes dangerous items only when told so", async () => {
    await makeTree(bench.path("from"), { "p/.vscode/tasks.json": "{}", "p/a": "1" });
    const { url } = await bench.relay();
    for (const [flags, expected] of [
      [[], ["p", "p/a"]],
      [["--accept-dangerous"], ["p", "p/.vscode", "p/.vscode/tasks.json", "p/a"]],
    ] as const) {
      const sender = bench.start(["send", "from/p", "--relay", url, "--yes", "--json"]);
      const { code } = await sender.event("code");
      const out = `to-${flags.length}`;
      const args = ["receive", code, "--relay", url, "--yes", "--json", "--out", out];
      const receiver = bench.start([...args, ...flags]);
      assert.equal((await receiver.ended).exitCode, 0);
      assert.equal((await sender.ended).exitCode, 0);
      const tree = await describeTree(bench.path(out));
      assert.deepEqual(
        tree.map((line) => line.split(" ")[0]),
        expected,
      );
      const skipped = receiver.events.filter(
        (event) => event.event === "file" && event.outcome === "skipped",
      );
      assert.equal(skipped.length > 0, flags.length === 0);
    }
  });

  it("renames or overwrites what exists, as asked", async () => {
    await makeTree(bench.path("from"), { "a.txt": "new" });
    const { url } = await bench.relay();
    for (const [policy, expected] of [
      ["ask", { "a.txt": "old", "a (2).txt": "new" }],
      ["rename", { "a.txt": "old", "a (2).txt": "new" }],
      ["overwrite", { "a.txt": "new" }],
    ] as const) {
      const out = bench.path(`to-${policy}`);
      await makeTree(out, { "a.txt": "old" });
      const sender = bench.start(["send", "from/a.txt", "--relay", url, "--yes", "--json"]);
      const { code } = await sender.event("code");
      const args = ["receive", code, "--relay", url, "--yes", "--out", out];
      const received = await bench.run([...args, "--on-conflict", policy]);
      assert.equal(received.exitCode, 0, received.stderr);
      await sender.ended;
      for (const [name, content] of Object.entries(expected))
        assert.equal(await readFile(`${out}/${name}`, "utf8"), content);
      assert.equal((await describeTree(out)).length, Object.keys(expected).length);
    }
  });

  it("keeps its state where SECURESHARE_HOME says, for its user alone", async () => {
    await makeTree(bench.path("from"), { "a.txt": "one" });
    await mkdir(bench.path("home"));
    const { url } = await bench.relay();
    const sender = bench.start(["send", "from/a.txt", "--relay", url, "--yes", "--json"]);
    const { code } = await sender.event("code");
    await bench.run(["receive", code, "--relay", url, "--yes", "--out", "to"], {
      env: { HOME: bench.path("home") },
    });
    await sender.ended;
    assert.equal((await lstat(bench.path("state"))).mode & 0o777, 0o700);
    assert.deepEqual(await describeTree(bench.path("home")), []);
  });
});
