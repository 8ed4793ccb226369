import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { EXIT_CODES } from "../../../src/core/errors";
import { checkSymbol } from "../../../src/core/wire/code";
import { buildCli, CliBench, type CliProcess, failsWith, unusedPort } from "../../support/cli";
import { describeTree, makeTree } from "../../support/tree";

/** The same room with another secret, and a check symbol that fits: a wrong guess. */
function wrongGuess(code: string): string {
  const eleven = code.replaceAll("-", "").slice(0, 11);
  const other = eleven.slice(0, 10) + (eleven.endsWith("0") ? "1" : "0");
  const all = other + checkSymbol(other);
  return `${all.slice(0, 4)}-${all.slice(4, 8)}-${all.slice(8)}`;
}

function slipOf(code: string): string {
  return (code.startsWith("0") ? "1" : "0") + code.slice(1);
}

describe("command line: failures, each with its own error and exit code", function () {
  this.timeout(180_000);
  let bench: CliBench;
  let relay: string;
  before(buildCli);
  beforeEach(async () => {
    bench = await CliBench.open();
    await makeTree(bench.path("from"), { "x/a": "one", "x/b": "two" });
    relay = (await bench.relay()).url;
  });
  afterEach(() => bench.close());

  const offering = async (...more: string[]): Promise<{ sender: CliProcess; code: string }> => {
    const args = ["send", "from/x", "--relay", relay, "--json", ...more];
    const sender = bench.start(args, { stdin: "open" });
    return { sender, code: (await sender.event("code")).code };
  };
  const receiving = (code: string, ...more: string[]) =>
    bench.start(["receive", code, "--relay", relay, "--json", "--out", "to", ...more], {
      stdin: "open",
    });
  const nothingIn = async (folder: string) => {
    if (existsSync(bench.path(folder)))
      assert.deepEqual(await describeTree(bench.path(folder)), []);
  };

  it("a wrong code; three of them use it up", async () => {
    const sender = bench.start(["send", "from/x", "--relay", relay, "--yes"]);
    await sender.shows(/Link/);
    const code = /\w{4}-\w{4}-\w{4}/.exec(sender.stdout)?.[0] ?? "";
    for (const tries of [1, 2, 3]) {
      // Each from a computer of its own, or the second would be stopped by its own count.
      const guess = await bench.run(
        ["receive", wrongGuess(code), "--relay", relay, "--json", "--out", "to", "--yes"],
        { env: { SECURESHARE_HOME: bench.path(`home-${tries}`) } },
      );
      failsWith(guess, "E_CODE_WRONG");
      if (tries < 3) await sender.shows(new RegExp(`(Back at the relay[^]*){${tries}}`));
    }
    const ended = await sender.ended;
    assert.equal(ended.exitCode, EXIT_CODES.E_CODE_USED_UP);
    assert.match(ended.stderr, /2 attempts are left[^]*1 attempt is left[^]*E_CODE_USED_UP/);
    await nothingIn("to");
  });

  it("attempts are counted on disk, without the secret part of the code", async () => {
    const sender = bench.start(["send", "from/x", "--relay", relay, "--yes"]);
    await sender.shows(/Link/);
    const code = /\w{4}-\w{4}-\w{4}/.exec(sender.stdout)?.[0] ?? "";
    for (const tries of [1, 2]) {
      failsWith(await receiving(wrongGuess(code), "--yes").ended, "E_CODE_WRONG");
      await sender.shows(new RegExp(`(Back at the relay[^]*){${tries}}`));
    }
    assert.equal((await receiving(code, "--yes").ended).exitCode, 0);
    await sender.ended;
    const state = await describeTree(bench.path("state", "attempts"));
    assert.equal(state.length, 3);
    assert.ok(state.every((line) => !line.includes(code.slice(5, 9))));
  });

  it("a mistyped code, before anything is sent", async () => {
    const { sender, code } = await offering("--yes");
    const slip = bench.run(["receive", slipOf(code), "--relay", relay, "--json", "--yes"]);
    failsWith(await slip, "E_CODE_MISTYPED");
    assert.ok(!sender.events.some(({ event }) => event === "peer"));
  });

  it("a code that nobody waits with", async () => {
    failsWith(await receiving("k7qm-3x9d-t2v7", "--yes").ended, "E_CODE_UNKNOWN");
  });

  it("an expired code, on both sides", async () => {
    const { sender, code } = await offering("--yes", "--expire-after", "0.01");
    failsWith(await sender.ended, "E_CODE_EXPIRED");
    failsWith(await receiving(code, "--yes").ended, "E_CODE_UNKNOWN");
    await nothingIn("to");
  });

  it("a declined offer, on both sides", async () => {
    const { sender, code } = await offering("--yes");
    const receiver = receiving(code);
    await receiver.event("verify");
    receiver.say({ answer: "verify", confirm: true });
    await receiver.event("offer");
    receiver.say({ answer: "offer", accept: false });
    failsWith(await receiver.ended, "E_DECLINED");
    failsWith(await sender.ended, "E_DECLINED");
    await nothingIn("to");
  });

  for (const rejecting of ["sender", "receiver"] as const)
    it(`digits rejected by the ${rejecting}, and no name is seen before`, async () => {
      const { sender, code } = await offering();
      const receiver = receiving(code);
      await Promise.all([sender.event("verify"), receiver.event("verify")]);
      sender.say({ answer: "verify", confirm: rejecting !== "sender" });
      receiver.say({ answer: "verify", confirm: rejecting !== "receiver" });
      failsWith(await receiver.ended, "E_VERIFY_REJECTED");
      failsWith(await sender.ended, "E_VERIFY_REJECTED");
      if (rejecting === "sender")
        assert.ok(!receiver.events.some(({ event }) => event === "offer"));
      await nothingIn("to");
    });

  it("a relay that is not there", async () => {
    const dead = `ws://127.0.0.1:${await unusedPort()}`;
    const args = ["--relay", dead, "--json", "--yes"];
    failsWith(await bench.run(["send", "from/x", ...args]), "E_RELAY_UNREACHABLE");
    failsWith(await bench.run(["receive", "k7qm-3x9d-t2v7", ...args]), "E_RELAY_UNREACHABLE");
  });

  it("a relay of one's own whose port is taken", async () => {
    const { port } = new URL((await bench.relay()).url);
    const place = ["--relay-host", "127.0.0.1", "--relay-port", port];
    failsWith(await bench.run(["send", "from/x", ...place, "--json", "--yes"]), "E_CANNOT_LISTEN");
  });

  it("a relay that is none", async () => {
    const server = createServer((_, response) => response.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const address = server.address();
      assert.ok(typeof address === "object" && address !== null);
      const url = `ws://127.0.0.1:${address.port}`;
      const ended = await bench.run(["send", "from/x", "--relay", url, "--json", "--yes"]);
      assert.equal(ended.exitCode, 3, ended.stdout);
    } finally {
      server.close();
    }
  });

  it("a third peer, who disturbs nobody", async () => {
    const { sender, code } = await offering();
    const receiver = receiving(code);
    await Promise.all([sender.event("verify"), receiver.event("verify")]);
    failsWith(await receiving(code, "--yes").ended, "E_ROOM_OCCUPIED");
    sender.say({ answer: "verify", confirm: true });
    receiver.say({ answer: "verify", confirm: true });
    await receiver.event("offer");
    receiver.say({ answer: "offer", accept: true });
    assert.equal((await receiver.ended).exitCode, 0);
    assert.equal((await sender.ended).exitCode, 0);
    assert.equal(await readFile(bench.path("to/x/a"), "utf8"), "one");
  });

  it("an existing target that is to be skipped, and stays as it was", async () => {
    await makeTree(bench.path("to"), { "x/a": "mine" });
    const { sender, code } = await offering("--yes");
    failsWith(await receiving(code, "--yes", "--on-conflict", "skip").ended, "E_TARGET_EXISTS");
    assert.equal((await sender.ended).exitCode, 0);
    assert.equal(await readFile(bench.path("to/x/a"), "utf8"), "mine");
    assert.equal(await readFile(bench.path("to/x/b"), "utf8"), "two");
  });

  it("a target behind a symbolic link", async () => {
    await mkdir(bench.path("to"));
    await mkdir(bench.path("elsewhere"));
    await symlink(bench.path("elsewhere"), bench.path("to/x"));
    const { sender, code } = await offering("--yes");
    failsWith(await receiving(code, "--yes").ended, "E_NAME_REFUSED");
    failsWith(await sender.ended, "E_DECLINED");
    await nothingIn("elsewhere");
  });

  it("names of our own that nobody could take: listed, and the rest is sent", async () => {
    await writeFile(bench.path("from/x/a\nb"), "bad");
    const { sender, code } = await offering("--yes");
    assert.equal((await receiving(code, "--yes").ended).exitCode, 0);
    await sender.ended;
    const left = sender.events.find(
      (event) => event.event === "file" && event.outcome === "left-out",
    );
    assert.equal(left?.event === "file" ? left.reason : "", "control");
  });

  it("a source that is not there", async () => {
    const args = ["send", "from/none", "--relay", relay, "--json", "--yes"];
    failsWith(await bench.run(args), "E_SOURCE_VANISHED");
  });

  it("a source that changes after it was offered", async () => {
    const { sender, code } = await offering("--yes");
    await writeFile(bench.path("from/x/a"), "something longer");
    const received = await receiving(code, "--yes").ended;
    assert.ok(received.exitCode !== 0);
    failsWith(await sender.ended, "E_SOURCE_CHANGED");
    assert.ok(!existsSync(bench.path("to/x/a")));
  });

  it("a sender that is gone in the middle, where nothing is to be kept", async () => {
    await writeFile(bench.path("from/x/big"), "");
    await truncate(bench.path("from/x/big"), 4 * 1024 ** 3);
    const { sender, code } = await offering("--yes");
    const receiver = receiving(code, "--yes", "--keep-for", "0");
    await receiver.event("progress", ({ bytes }) => bytes > 1024 ** 2);
    sender.child.kill("SIGKILL");
    failsWith(await receiver.ended, "E_INTERRUPTED");
    assert.equal((await receiver.event("interrupted")).resumable, false);
    const files = (await describeTree(bench.path("to"))).filter((line) => !line.endsWith("folder"));
    for (const line of files) assert.match(line, /^x\/[ab] /);
  });

  it("wrong usage, in one line of JSON and nothing on stderr", async () => {
    for (const args of [["frob"], ["send"], ["send", "-"], ["receive", "--out"]]) {
      const ended = await bench.run([...args, "--json"]);
      failsWith(ended, "E_USAGE");
      assert.equal(ended.stderr, "");
    }
  });

  it("no terminal and no script's answers: refused before a code is drawn", async () => {
    const ended = await bench.run(["send", "from/x", "--relay", relay]);
    assert.equal(ended.exitCode, 2);
    assert.equal(ended.stdout, "");
    await assert.rejects(stat(bench.path("state")));
  });
});
