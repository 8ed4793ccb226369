import { FrameType } from "../../../src/core/wire/frames";
import { buildCli } from "../../support/cli";
import { HELLO, HostileRelay } from "../../support/hostile/relay";
import { GREETINGS, HANDSHAKES, once, RECORDS } from "../../support/hostile/relayAttacks";
import { SENT, Victim } from "../../support/hostile/victim";

/** A code whose check symbol fits; its room is whatever the relay says. */
const CODE = "k7qm-3x9d-t2v7";

describe("a hostile relay against the command line", function () {
  this.timeout(240_000);
  let victim: Victim;
  let relay: HostileRelay | undefined;
  before(buildCli);
  beforeEach(async () => {
    victim = await Victim.open();
  });
  afterEach(async () => {
    await victim.close();
    await relay?.close();
  });

  for (const [what, [greet, codes]] of Object.entries(GREETINGS))
    it(`that has ${what}`, async () => {
      relay = await HostileRelay.open({ greet });
      const sides = [victim.send(relay.url), victim.receive(CODE, relay.url)];
      for (const side of sides) await victim.assertUnharmed(await side.ended, codes);
    });

  for (const [what, [frame, codes]] of Object.entries(HANDSHAKES))
    it(`that ${what}`, async () => {
      relay = await HostileRelay.open({ frame: frame() });
      const sender = victim.send(relay.url, "--keep-for", "0");
      const { code } = await sender.event("code");
      const receiver = victim.receive(code, relay.url, "--keep-for", "0");
      await victim.assertUnharmed(await receiver.ended, codes);
    });

  for (const [what, frame] of Object.entries(RECORDS))
    it(`that ${what}: they meet again, and all arrives as it was`, async () => {
      relay = await HostileRelay.open({ frame: frame() });
      const sender = victim.send(relay.url);
      const { code } = await sender.event("code");
      const receiver = victim.receive(code, relay.url);
      await victim.assertUnharmed(await receiver.ended, [], SENT);
      await victim.assertUnharmed(await sender.ended, [], SENT);
      // The transfer met a second time, under a room of its own.
      if (relay.rooms.size < 2) throw new Error("nothing was spoiled");
    });

  it("that is replaced by another one half-way", async () => {
    const second = await HostileRelay.open();
    try {
      let over = false;
      relay = await HostileRelay.open({
        greet: (client) => (over ? client.close(4000) : client.send(HELLO)),
        frame: once("sender", FrameType.record, 2, (_r, _f, room) => {
          over = true;
          for (const role of ["sender", "receiver"] as const) room.close(role, 4000);
          return [];
        }),
      });
      const relays = [relay.url, "--relay", second.url] as const;
      const sender = victim.send(...relays);
      const { code } = await sender.event("code");
      const receiver = victim.receive(code, ...relays);
      await victim.assertUnharmed(await receiver.ended, [], SENT);
      await victim.assertUnharmed(await sender.ended, [], SENT);
      if (second.joins === 0) throw new Error("nobody came to the other relay");
    } finally {
      await second.close();
    }
  });
});
