import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { truncate, writeFile } from "node:fs/promises";
import { EXIT_CODES } from "../../../src/core/errors";
import { buildCli, CliBench, type CliProcess } from "../../support/cli";
import { describeTree, makeTree } from "../../support/tree";

describe("command line: Ctrl-C, signals and closed pipes", function () {
  this.timeout(180_000);
  let bench: CliBench;
  let relay: string;
  before(buildCli);
  beforeEach(async () => {
    bench = await CliBench.open();
    await makeTree(bench.path("from"), { "x/a": "one" });
    relay = (await bench.relay()).url;
  });
  afterEach(() => bench.close());

  const home = (who: "sender" | "receiver") => bench.path(`state-${who}`);

  /** Two processes that are in the middle of a transfer which takes seconds. */
  async function moving(...more: string[]): Promise<{ sender: CliProcess; receiver: CliProcess }> {
    await writeFile(bench.path("from/x/big"), "");
    await truncate(bench.path("from/x/big"), 384 * 1024 ** 2);
    const send = ["send", "from/x", "--relay", relay, "--json", "--yes", ...more];
    const sender = bench.start(send, { env: { SECURESHARE_HOME: home("sender") } });
    const { code } = await sender.event("code");
    const args = ["receive", code, "--relay", relay, "--json", "--yes", "--out", "to", ...more];
    const receiver = bench.start(args, { env: { SECURESHARE_HOME: home("receiver") } });
    await receiver.event("progress", ({ bytes }) => bytes > 1024 ** 2);
    return { sender, receiver };
  }

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    it(`${signal} while the code waits: cancelled`, async () => {
      const sender = bench.start(["send", "from/x", "--relay", relay, "--json", "--yes"]);
      await sender.event("code");
      sender.child.kill(signal);
      const ended = await sender.ended;
      assert.equal(ended.exitCode, EXIT_CODES.E_CANCELLED, ended.stdout + ended.stderr);
      assert.equal((await sender.event("error")).code, "E_CANCELLED");
    });

  for (const [who, signal] of [
    ["sender", "SIGINT"],
    ["receiver", "SIGTERM"],
  ] as const)
    it(`${signal} to the ${who} while bytes move: interrupted, and \`resume\` goes on`, async () => {
      const { sender, receiver } = await moving();
      const [one, other] = who === "sender" ? [sender, receiver] : [receiver, sender];
      one.child.kill(signal);
      assert.equal((await one.ended).exitCode, EXIT_CODES.E_INTERRUPTED);
      const { reason, resumable, id } = await one.event("interrupted");
      assert.deepEqual([reason, resumable], [signal, true]);
      const told = await other.event("interrupted");
      assert.ok(told.resumable && told.id === undefined);
      assert.ok(!existsSync(bench.path("to/x/big")));
      const again = bench.start(["resume", (id ?? "").slice(0, 6), "--json"], {
        env: { SECURESHARE_HOME: home(who) },
      });
      assert.equal((await again.ended).exitCode, 0);
      assert.equal((await other.ended).exitCode, 0);
      assert.ok((await again.event("resumed")).bytes > 0);
      assert.ok((await other.event("resumed")).bytes > 0);
      assert.deepEqual(
        await describeTree(bench.path("to/x")),
        await describeTree(bench.path("from/x")),
      );
    });

  it("with nothing to be kept, an interruption ends the transfer and leaves no part of a file", async () => {
    const { sender, receiver } = await moving("--keep-for", "0");
    receiver.child.kill("SIGINT");
    assert.equal((await receiver.ended).exitCode, EXIT_CODES.E_INTERRUPTED);
    assert.equal((await receiver.event("interrupted")).resumable, false);
    assert.equal((await sender.ended).exitCode, EXIT_CODES.E_INTERRUPTED);
    const files = (await describeTree(bench.path("to"))).filter((l) => !l.endsWith(" folder"));
    for (const line of files) assert.match(line, /^x\/a /);
  });

  it("a second Ctrl-C leaves at once", async () => {
    const { sender } = await moving();
    sender.child.kill("SIGSTOP");
    sender.child.kill("SIGINT");
    sender.child.kill("SIGTERM");
    sender.child.kill("SIGCONT");
    assert.equal((await sender.ended).exitCode, EXIT_CODES.E_INTERRUPTED);
  });

  it("a terminal that hangs up again does not keep the other side from being told", async () => {
    const both = ["--relay", relay, "--verify", "code-only"];
    const sender = bench.start(["send", "from/x", ...both]);
    await sender.shows(/Valid until/);
    const code = /\w{4}-\w{4}-\w{4}/.exec(sender.stdout)?.[0] ?? "";
    const receiver = bench.start(["receive", code, ...both, "--json"], { stdin: "open" });
    await receiver.event("offer");
    receiver.child.kill("SIGSTOP");
    sender.child.kill("SIGHUP");
    await sender.shows(/Telling the other side/);
    sender.child.kill("SIGHUP");
    receiver.child.kill("SIGCONT");
    const ended = await sender.ended;
    assert.equal(ended.exitCode, EXIT_CODES.E_CANCELLED);
    assert.match(ended.stderr, /E_CANCELLED/);
    assert.equal((await receiver.ended).exitCode, EXIT_CODES.E_CANCELLED);
  });

  it("cancelled at a question: the other side learns that it was this side", async () => {
    const sender = bench.start(["send", "from/x", "--relay", relay, "--json"], { stdin: "open" });
    const { code } = await sender.event("code");
    const receiver = bench.start(["receive", code, "--relay", relay, "--json"], { stdin: "open" });
    await Promise.all([sender.event("verify"), receiver.event("verify")]);
    receiver.child.stdin?.end();
    assert.equal((await receiver.ended).exitCode, EXIT_CODES.E_CANCELLED);
    assert.equal((await sender.ended).exitCode, EXIT_CODES.E_CANCELLED);
    assert.match((await sender.event("error")).message, /on the other side/);
  });

  it("a reader of the output that goes away ends the run, without a stack trace", async () => {
    const sender = bench.start(["send", "from/x", "--relay", relay, "--json", "--yes"]);
    const { code } = await sender.event("code");
    sender.child.stdout?.destroy();
    const args = ["receive", code, "--relay", relay, "--json", "--yes", "--out", "to"];
    const receiver = bench.start(args);
    const ended = await sender.ended;
    assert.ok(ended.exitCode === 6 || ended.exitCode === 7, String(ended.exitCode));
    assert.equal(ended.stderr, "");
    assert.ok((await receiver.ended).exitCode !== null);
  });

  it("a relay in the foreground ends with the signal, and with 0", async () => {
    const { process: running } = await bench.relay();
    running.child.kill("SIGTERM");
    assert.equal((await running.ended).exitCode, 0);
  });
});
