import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { EXIT_CODES } from "../../../src/core/errors";
import { buildCli, CliBench, type CliProcess, hasTerminals } from "../../support/cli";
import { makeTree } from "../../support/tree";

const ESC = "\u001b";
const CODE = /\w{4}-\w{4}-\w{4}/;

describe("command line: two people on two terminals", function () {
  this.timeout(180_000);
  let bench: CliBench;
  let relay: string;
  before(async function () {
    if (!hasTerminals()) this.skip(); // The terminals are made by util-linux's script.
    await buildCli();
  });
  beforeEach(async () => {
    bench = await CliBench.open();
    await makeTree(bench.path("from"), { "x/звіт": "one", "x/.vscode/tasks.json": "{}" });
    relay = (await bench.relay()).url;
  });
  afterEach(() => bench.close());

  const codeOf = async (sender: CliProcess): Promise<string> => {
    await sender.shows(/Valid until|Діє до/);
    return CODE.exec(sender.stdout)?.[0] ?? "";
  };
  const digitsOf = async (side: CliProcess): Promise<string> => {
    await side.shows(/\d{3} \d{3}/);
    return /\d{3} \d{3}/.exec(side.stdout)?.[0] ?? "";
  };

  it("read out a code, compare six digits, choose, and are done", async () => {
    const sender = bench.startOnTerminal(["send", "from/x", "--relay", relay]);
    const code = await codeOf(sender);
    const receiver = bench.startOnTerminal(["receive", "--relay", relay, "--out", "to"]);
    await receiver.shows(/Code: /);
    receiver.say(code.replace(/^./, (first) => (first === "0" ? "1" : "0")));
    await receiver.shows(/E_CODE_MISTYPED[^]*Code: /);
    receiver.say(code.toUpperCase().replaceAll("-", " "));
    await Promise.all([sender.shows(/\[y\/n\]/), receiver.shows(/\[y\/n\]/)]);
    assert.equal(await digitsOf(sender), await digitsOf(receiver));
    sender.say("y");
    receiver.say("y");
    await receiver.shows(/Accept\?/);
    assert.match(receiver.stdout, /x\/звіт {2}\(3\sbytes\)/);
    assert.match(receiver.stdout, /tasks\.json.*could change what runs/);
    receiver.say("f");
    await receiver.shows(/Folder: /);
    receiver.say("from/x/звіт");
    await receiver.shows(/E_DISK[^]*ENOTDIR[^]*Accept\?/);
    receiver.say("f");
    await receiver.shows(/E_DISK[^]*Folder: /);
    receiver.say("there");
    await receiver.shows(/Into: .*there/);
    receiver.say("y");
    const [sent, received] = await Promise.all([sender.ended, receiver.ended]);
    assert.equal(received.exitCode, 0, received.stdout);
    assert.equal(sent.exitCode, 0, sent.stdout);
    assert.equal(await readFile(bench.path("there/x/звіт"), "utf8"), "one");
    assert.ok(!existsSync(bench.path("there/x/.vscode/tasks.json")));
    assert.match(received.stdout, /7692c3ad3540[0-9a-f]{52} {2}x\/звіт/);
    assert.ok(sent.stdout.includes(`${ESC}[1m${code}${ESC}[22m`), "the code is bold");
  });

  it("colours are left away where NO_COLOR asks for that", async () => {
    const sender = bench.startOnTerminal(["send", "from/x", "--relay", relay], { NO_COLOR: "1" });
    await codeOf(sender);
    sender.press("\u0003");
    const { stdout } = await sender.ended;
    assert.doesNotMatch(stdout, new RegExp(`${ESC}\\[\\d+m`));
  });

  it("a dumb terminal gets no escape codes at all", async () => {
    const sender = bench.startOnTerminal(["send", "from/x", "--relay", relay], { TERM: "dumb" });
    await codeOf(sender);
    sender.press("\u0003");
    assert.ok(!(await sender.ended).stdout.includes(ESC));
  });

  it("Ctrl-C while the code waits cancels", async () => {
    const sender = bench.startOnTerminal(["send", "from/x", "--relay", relay]);
    await codeOf(sender);
    sender.press("\u0003");
    const { exitCode, stdout } = await sender.ended;
    assert.equal(exitCode, EXIT_CODES.E_CANCELLED);
    assert.match(stdout, /E_CANCELLED/);
  });

  it("Ctrl-C at a question cancels, and the other side learns it", async () => {
    const sender = bench.startOnTerminal(["send", "from/x", "--relay", relay]);
    const receiver = bench.startOnTerminal(["receive", "--relay", relay]);
    const code = await codeOf(sender);
    await receiver.shows(/Code: /);
    receiver.say(code);
    await Promise.all([sender.shows(/\[y\/n\]/), receiver.shows(/\[y\/n\]/)]);
    receiver.press("\u0003");
    assert.equal((await receiver.ended).exitCode, EXIT_CODES.E_CANCELLED);
    assert.equal((await sender.ended).exitCode, EXIT_CODES.E_CANCELLED);
  });

  it("a link's relay is shown and confirmed before anything connects to it", async () => {
    const sender = bench.startOnTerminal(["send", "from/x", "--relay-host", "127.0.0.1"]);
    await codeOf(sender);
    const link = /http:\/\/\S+#\S+/.exec(sender.stdout)?.[0] ?? "";
    const receiver = bench.startOnTerminal(["receive", link]);
    await receiver.shows(/names the relay ws:\/\/127\.0\.0\.1:\d+\. Connect to it\? \[y\/n\]/);
    receiver.say("n");
    assert.equal((await receiver.ended).exitCode, EXIT_CODES.E_CANCELLED);
    assert.doesNotMatch(sender.stdout, /The other side is here/);
    sender.press("\u0003");
    await sender.ended;
  });

  it("the relay's address is asked for when none is known", async () => {
    const sender = bench.startOnTerminal(["send", "from/x", "--relay-host", "127.0.0.1", "--yes"]);
    const code = await codeOf(sender);
    const address = /127\.0\.0\.1:\d+/.exec(sender.stdout)?.[0] ?? "";
    const receiver = bench.startOnTerminal(["receive", code, "--out", "to"]);
    await receiver.shows(/HOST:PORT\): /);
    receiver.say(address);
    await receiver.shows(/\[y\/n\]/);
    receiver.say("y");
    await receiver.shows(/Accept\?/);
    receiver.say("n");
    assert.equal((await receiver.ended).exitCode, EXIT_CODES.E_DECLINED);
    assert.equal((await sender.ended).exitCode, EXIT_CODES.E_DECLINED);
  });

  it("each in a language of its own", async () => {
    const sender = bench.startOnTerminal(["send", "from/x", "--relay", relay], {
      LANG: "uk_UA.UTF-8",
    });
    const code = await codeOf(sender);
    const receiver = bench.startOnTerminal(["receive", code, "--relay", relay], {
      LC_ALL: "de_DE.UTF-8",
    });
    await Promise.all([sender.shows(/\[т\/н\]/), receiver.shows(/\[j\/n\]/)]);
    sender.say("т");
    receiver.say("j");
    await receiver.shows(/Annehmen\?/);
    receiver.say("n");
    assert.match((await receiver.ended).stdout, /auf dieser Seite/);
    assert.match((await sender.ended).stdout, /на іншій стороні/);
  });
});
