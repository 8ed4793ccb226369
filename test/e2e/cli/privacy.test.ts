import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { buildCli, CliBench } from "../../support/cli";
import { makeTree } from "../../support/tree";

/** What every process of this computer shows of its command line, as `ps` reads it. */
function commandLines(): string {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        return ""; // It ended meanwhile.
      }
    })
    .join("\n");
}

async function allFiles(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  const contents = await Promise.all(
    files.map((entry) => readFile(join(entry.parentPath, entry.name), "utf8")),
  );
  return [...files.map(({ name }) => name), ...contents].join("\n");
}

describe("command line: what it shows to whom", function () {
  this.timeout(180_000);
  let bench: CliBench;
  before(buildCli);
  beforeEach(async () => {
    bench = await CliBench.open();
    await makeTree(bench.path("from"), { "geheim/Gehaltsliste.csv": "12345" });
  });
  afterEach(() => bench.close());

  it("keeps the code out of the list of processes, the relay's log and the state folder", async function () {
    if (process.platform !== "linux") return this.skip(); // Reads /proc.
    const relay = await bench.relay();
    const sender = bench.start(["send", "from/geheim", "--relay", relay.url, "--json"], {
      stdin: "open",
    });
    const { code } = await sender.event("code");
    const asked = bench.start(["receive", "--relay", relay.url, "--json", "--out", "to"], {
      env: { SECURESHARE_CODE: code },
      stdin: "open",
    });
    await asked.event("verify");
    const secret = code.replaceAll("-", "").slice(5, 11);
    const spellings = [code, code.replaceAll("-", ""), secret, code.slice(5, 9)];
    const shown = commandLines();
    for (const spelling of spellings) assert.ok(!shown.includes(spelling), spelling);
    for (const process of [sender, asked]) process.say({ answer: "verify", confirm: true });
    await asked.event("offer");
    asked.say({ answer: "offer", accept: true });
    assert.equal((await asked.ended).exitCode, 0);
    await sender.ended;
    relay.process.child.kill("SIGTERM");
    const { stdout, stderr } = await relay.process.ended;
    const state = await allFiles(bench.path("state"));
    const room = code.slice(0, 4) + code.slice(5, 6);
    for (const spelling of [...spellings, room, "Gehaltsliste", "geheim"])
      for (const [where, text] of Object.entries({ stdout, stderr, state }))
        assert.ok(!text.includes(spelling), `${spelling} in the relay's or our ${where}`);
  });

  it("takes a code from its arguments off the list of processes", async function () {
    if (process.platform !== "linux") return this.skip(); // Reads /proc.
    const relay = await bench.relay();
    const sender = bench.start(["send", "from/geheim", "--relay", relay.url, "--json", "--yes"]);
    const { code } = await sender.event("code");
    const args = ["receive", code, "--relay", relay.url, "--json", "--out", "to"];
    const receiver = bench.start(args, { stdin: "open" });
    await receiver.event("verify");
    assert.ok(!commandLines().includes(code));
  });

  it("writes no escape code and no control character into pipes, whatever names hold", async () => {
    const hostile = "\u009b31m$(icon) [x](command:quit) <b>\u2028";
    await makeTree(bench.path("from"), { [`n/${hostile}`]: "1", "n/plain": "2" });
    const relay = await bench.relay();
    const sender = bench.start(["send", "from/n", "--relay", relay.url, "--yes"]);
    await sender.shows(/Link/);
    const code = /\w{4}-\w{4}-\w{4}/.exec(sender.stdout)?.[0] ?? "";
    const received = await bench.run(
      ["receive", code, "--relay", relay.url, "--yes", "--out", "to"],
      { env: { LANG: "uk_UA.UTF-8", FORCE_COLOR: "1", COLORTERM: "truecolor" } },
    );
    const sent = await sender.ended;
    assert.equal(received.exitCode, 0, received.stderr);
    for (const text of [sent.stdout, sent.stderr, received.stdout, received.stderr])
      assert.doesNotMatch(text, /(?!\n)[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
    assert.match(received.stderr, /Готово/);
  });
});
