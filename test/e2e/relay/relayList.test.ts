import assert from "node:assert/strict";
import { buildCli, CliBench, unusedPort } from "../../support/cli";
import { join } from "./peer";
import { type RelayProgram, relayProgram } from "./program";
import { resumeRoom } from "./testServer";
import { type Asks, CliTransfer, relayFlags } from "./transfers";

describe("relay: clients that hold a list", function () {
  this.timeout(180_000);
  let program: RelayProgram;
  let bench: CliBench;
  let transfer: CliTransfer | undefined;
  before(async () => {
    [program] = await Promise.all([relayProgram(), buildCli()]);
  });
  beforeEach(async () => {
    bench = await CliBench.open();
  });
  afterEach(async () => {
    await bench.close();
    await transfer?.close();
    transfer = undefined;
    await program.killAll();
  });

  const begin = async (relays: readonly string[], asks?: Asks) => {
    const options = { relays, ...(asks && { asks }) };
    transfer = await CliTransfer.begin(bench, "transfer", options);
    return transfer;
  };
  /** Where the sender's code says that its room is. */
  const placeOf = async ({ sender }: CliTransfer) => (await sender.event("code")).relay;

  it("the sender takes the first that answers, the receiver asks all", async () => {
    const gone = `ws://127.0.0.1:${await unusedPort()}`;
    const [first, second] = [await program.start(), await program.start()];
    const running = await begin([gone, first.url, second.url], (code, slow) => [
      code,
      ...relayFlags([second.url, gone, slow]),
    ]);
    assert.equal(await placeOf(running), first.url);
    await running.completes();
  });

  it("the sender passes over a relay that is full", async () => {
    const [full, other] = [await program.start(["--waiting-rooms", "1"]), await program.start()];
    await join(full.url, resumeRoom(1), "sender");
    const running = await begin([full.url, other.url]);
    assert.equal(await placeOf(running), other.url);
    await running.completes();
  });

  const ways: readonly [string, Asks | undefined][] = [
    ["both had the list from the start", undefined],
    [
      "the code named one relay, and the receiver has a list of its own",
      (code, slow, relays) => [`${code}@${new URL(slow).host}`, ...relayFlags(relays)],
    ],
  ];
  for (const [name, asks] of ways)
    it(`a relay is killed in the middle: ${name}, and the transfer finishes on another`, async () => {
      const [first, second] = [await program.start(), await program.start()];
      const running = await begin([first.url, second.url], asks);
      await running.halfWay();
      first.relay.child.kill("SIGKILL");
      await running.completes();
      assert.ok(running.wasInterrupted);
    });
});
