import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { EXIT_CODES } from "../../../src/core/errors";
import { buildCli, type CliProcess, failsWith } from "../../support/cli";
import { FaultProxy } from "../../support/faults/faultProxy";
import { Scene, type SideName } from "../../support/faults/scene";
import { describeTree, makeTree } from "../../support/tree";

const MIB = 1024 * 1024;
const SIZE = 12 * MIB;

describe("command line: resume", function () {
  this.timeout(180_000);
  let scene: Scene;
  /** Of both sides of `half`. */
  let options: string[];
  before(buildCli);
  beforeEach(async () => {
    options = [];
    scene = await Scene.open();
    await makeTree(scene.path("from"), { big: { content: randomBytes(SIZE) } });
    scene.networks.receiver.bytesPerSecond = SIZE / 2;
  });
  afterEach(() => scene.close());

  /** A transfer of which one side or both were killed half-way. */
  async function half(...killed: SideName[]): Promise<void> {
    const passed = scene.networks.receiver.passed.down;
    await scene.begin(...options);
    await scene.networks.receiver.reaches("down", passed + SIZE / 2);
    for (const side of killed) await scene.kill(side);
  }
  const listed = async (side: SideName) => {
    const list = scene.start(side, ["resume", "--list"]);
    assert.equal((await list.ended).exitCode, 0);
    return list.events.filter((event) => event.event === "transfer");
  };
  const exits = async (run: CliProcess) => (await run.ended).exitCode;

  it("lists what waits on either side, and what is running", async () => {
    await half("receiver");
    const [sent, received] = [await listed("sender"), await listed("receiver")];
    assert.deepEqual([sent.length, received.length], [1, 1]);
    assert.deepEqual([sent[0]?.role, sent[0]?.running], ["sender", true]);
    assert.deepEqual([received[0]?.role, received[0]?.running], ["receiver", false]);
    for (const one of [sent[0], received[0]])
      assert.deepEqual([one?.items, one?.files, one?.bytes], [2, 1, SIZE]);
    assert.equal(received[0]?.folder, scene.path("to"));
    assert.ok(!JSON.stringify(received).includes(scene.code.slice(5)));
  });

  it("needs no id for the only one, takes the start of an id, and lists several", async () => {
    await half("sender", "receiver");
    await half("sender", "receiver");
    const several = scene.start("receiver", ["resume", "--yes"]);
    failsWith(await several.ended, "E_USAGE");
    const ids = several.events.flatMap((event) => (event.event === "transfer" ? [event.id] : []));
    assert.equal(ids.length, 2);
    const [first = "", second = ""] = ids;
    assert.equal(
      await exits(scene.start("receiver", ["resume", "--forget", first.slice(0, 10)])),
      0,
    );
    assert.deepEqual(await scene.kept("receiver"), [second]);
    scene.resume("receiver");
    const { id } = (await listed("sender"))[1] ?? {};
    scene.start("sender", ["resume", (id ?? "").slice(0, 10)]);
    assert.equal(await exits(scene.running.receiver ?? assert.fail()), 0);
    assert.equal(await exits(scene.running.sender ?? assert.fail()), 0);
    await scene.nothingHalf();
  });

  it("forgets a transfer with what arrived in part", async () => {
    await half("sender", "receiver");
    assert.ok(
      (await describeTree(scene.path("to"))).some((line) => line.startsWith(".secureshare-")),
    );
    const [{ id } = { id: "" }] = await listed("receiver");
    const forgotten = scene.start("receiver", ["resume", "--forget", id.slice(0, 8)]);
    assert.equal((await forgotten.event("forgotten")).id, id);
    assert.equal(await exits(forgotten), 0);
    assert.ok(
      !(await describeTree(scene.path("to"))).some((line) => line.startsWith(".secureshare-")),
    );
    failsWith(await scene.start("receiver", ["resume", "--yes"]).ended, "E_USAGE");
  });

  it("says no to an id that nobody has", async () => {
    failsWith(await scene.start("receiver", ["resume", "zz", "--yes"]).ended, "E_USAGE");
  });

  it("two at once: exactly one goes on", async () => {
    await half("receiver");
    // The one that goes on gets nowhere before the other one has looked.
    scene.networks.receiver.vanish();
    const both = [scene.resume("receiver"), scene.resume("receiver")];
    await Promise.race(both.map((one) => one.ended));
    scene.networks.receiver.comeBack();
    const ended = await Promise.all(both.map((one) => one.ended));
    assert.deepEqual(new Set(ended.map(({ exitCode }) => exitCode)), new Set([0, 2]));
    const refused = ended.find(({ exitCode }) => exitCode === 2);
    assert.match(refused?.stdout ?? "", /another program is at this transfer/);
    scene.running.receiver =
      both[ended.findIndex(({ exitCode }) => exitCode === 0)] ?? assert.fail();
    await scene.completes();
  });

  it("forgets by itself what nobody asked for in its time", async () => {
    options = ["--keep-for", "0.0005"];
    await half("sender", "receiver");
    let list: CliProcess;
    do {
      list = scene.start("receiver", ["resume", "--list", "--keep-for", "0.000001"]);
      assert.equal(await exits(list), 0);
    } while (list.events.length > 0);
    assert.deepEqual(await scene.kept("receiver"), []);
    assert.equal((await listed("sender")).length, 1);
  });

  it("keeps for as long as its own run was told, whatever another is", async () => {
    await half("sender", "receiver");
    const list = scene.start("receiver", ["resume", "--list", "--keep-for", "0.000001"]);
    assert.equal(await exits(list), 0);
    assert.equal(list.events.length, 1);
  });

  it("gives up waiting after its time, and keeps what it has", async () => {
    await half("sender", "receiver");
    const waiting = scene.start("receiver", ["resume", "--yes", "--keep-for", "0.0005"]);
    failsWith(await waiting.ended, "E_INTERRUPTED");
    assert.equal((await scene.kept("receiver")).length, 1);
  });

  it("refuses when the key of the journal is gone", async () => {
    await half("sender", "receiver");
    await rm(scene.path("receiver", "state", "journal.key"));
    const lost = scene.start("receiver", ["resume", "--yes"]);
    failsWith(await lost.ended, "E_RESUME_LOST");
    assert.ok(!lost.events.some(({ event }) => event === "interrupted"));
  });

  it("keeps no text, and nothing of a transfer that never began", async () => {
    const relay = scene.networks.sender.url;
    const text = scene.start("sender", ["send", "--text", "hello", "--relay", relay, "--yes"]);
    await text.event("code");
    assert.deepEqual(await scene.kept("sender"), []);
    await scene.kill("sender");
    const nobody = scene.start("sender", [
      "send",
      "from",
      "--relay",
      relay,
      "--yes",
      "--expire-after",
      "0.01",
    ]);
    failsWith(await nobody.ended, "E_CODE_EXPIRED");
    assert.deepEqual(await scene.kept("sender"), []);
  });

  it("keeps its journal and its key for its user alone", async () => {
    await half("sender", "receiver");
    for (const side of ["sender", "receiver"] as const) {
      const state = scene.path(side, "state");
      assert.equal((await stat(`${state}/journal.key`)).mode & 0o777, 0o600);
      assert.equal((await stat(`${state}/transfers`)).mode & 0o777, 0o700);
    }
  });

  it("pauses and goes on by lines of JSON, on either side", async () => {
    const relay = scene.networks.sender.url;
    const sender = scene.start("sender", ["send", "from", "--relay", relay], "open");
    const { code } = await sender.event("code");
    const receive = ["receive", code, "--relay", scene.networks.receiver.url, "--out", "to"];
    const receiver = scene.start("receiver", receive, "open");
    for (const one of [sender, receiver]) {
      await one.event("verify");
      one.say({ answer: "verify", confirm: true });
    }
    await receiver.event("offer");
    receiver.say({ answer: "offer", accept: true });
    await receiver.event("progress", ({ bytes }) => bytes > MIB);
    sender.say({ answer: "pause", paused: true });
    await receiver.event("paused", ({ us, peer }) => !us && peer);
    // What was under way arrives; then nothing does, while the receiver pauses as well.
    receiver.say({ answer: "pause", paused: true });
    await sender.event("paused", ({ us, peer }) => us && peer);
    sender.say({ answer: "pause", paused: false });
    await receiver.event("paused", ({ us, peer }) => us && !peer);
    assert.equal(receiver.child.exitCode, null);
    receiver.say({ answer: "pause", paused: false });
    await sender.event("paused", ({ us, peer }) => !us && !peer);
    await scene.completes();
  });

  describe("with the sender's own relay", () => {
    const own = ["send", "from", "--relay-host", "127.0.0.1", "--yes"];

    /** The receiver's way to it: slow, so that the sender is gone before all has come. */
    let network: FaultProxy;
    afterEach(() => network.close());

    async function halfOwn(): Promise<string> {
      const sender = scene.start("sender", own);
      const { code, relay } = await sender.event("code");
      network = await FaultProxy.open(Number(new URL(relay).port));
      network.bytesPerSecond = SIZE / 4;
      const receiver = scene.receive(`${code}@${new URL(network.url).host}`);
      await receiver.event("progress", ({ bytes }) => bytes > 0);
      await scene.kill("sender");
      network.bytesPerSecond = 0;
      return relay;
    }

    it("it comes back at the same address, and the receiver finds it by itself", async () => {
      await halfOwn();
      const resumed = scene.resume("sender");
      await scene.completes();
      assert.ok(!resumed.events.some(({ event }) => event === "relay"));
    });

    it("where it cannot, it says the new address, and the receiver can name it", async () => {
      const relay = await halfOwn();
      const squatter = createServer();
      await new Promise<void>((resolve) =>
        squatter.listen(Number(new URL(relay).port), "127.0.0.1", resolve),
      );
      try {
        const resumed = scene.resume("sender");
        const moved = await resumed.event("relay");
        assert.notEqual(moved.relay, relay);
        scene.running.receiver?.child.kill("SIGINT");
        assert.equal(
          await exits(scene.running.receiver ?? assert.fail()),
          EXIT_CODES.E_INTERRUPTED,
        );
        scene.resume("receiver", "--relay", new URL(moved.relay).host);
        await scene.completes();
      } finally {
        squatter.close();
      }
      assert.ok(existsSync(scene.path("to", "from", "big")));
    });
  });
});
