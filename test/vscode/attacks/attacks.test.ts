import assert from "node:assert/strict";
import { drawCode, formatCode, parseCode } from "../../../src/core/wire/code";
import { nodePorts } from "../../../src/node/ports";
import { HostVictim } from "../../support/hostile/hostVictim";
import { HostilePeer } from "../../support/hostile/peer";
import { READY, RECEIVERS, SENDERS } from "../../support/hostile/peerAttacks";
import { GREETINGS, HANDSHAKES, RECORDS } from "../../support/hostile/relayAttacks";
import { SENT } from "../../support/hostile/victim";
import { random } from "../../support/memory/session";

/** A code whose check symbol fits; its room is whatever the relay says. */
const CODE = "k7qm-3x9d-t2v7";

describe("attacks on the extension in its host", function () {
  this.timeout(120_000);
  let victim: HostVictim;
  before(async () => {
    victim = await HostVictim.open();
  });
  afterEach(() => victim.recover());
  after(() => victim.close());

  for (const [what, [greet, codes]] of Object.entries(GREETINGS))
    it(`a relay that has ${what}`, async () => {
      await victim.meets({ greet }, false);
      victim.sendAnyway();
      victim.receive(CODE);
      for (const role of ["sender", "receiver"] as const) await victim.assertUnharmed(role, codes);
    });

  for (const [what, [frame, codes]] of Object.entries(HANDSHAKES))
    it(`a relay that ${what}`, async () => {
      await victim.meets({ frame: frame() }, false);
      victim.receive(await victim.send());
      await victim.assertUnharmed("receiver", codes);
    });

  for (const [what, frame] of Object.entries(RECORDS))
    it(`a relay that ${what}: they meet again, and all arrives as it was`, async () => {
      await victim.meets({ frame: frame() }, true);
      victim.receive(await victim.send());
      await victim.assertUnharmed("receiver", [], SENT);
      await victim.assertUnharmed("sender", [], SENT);
      // The transfer met a second time, under a room of its own.
      assert.ok(victim.relay.rooms.size >= 2, "nothing was spoiled");
    });

  const place = () => ({ relay: nodePorts().dialer, url: victim.relay.url });

  for (const [what, attack] of SENDERS)
    it(`a sender that ${what}`, async () => {
      await victim.meets({}, false);
      const code = drawCode((n) => random.bytes(n));
      const meeting = HostilePeer.sender(place(), code);
      while (victim.relay.joins === 0) await new Promise((resolve) => setImmediate(resolve));
      victim.receive(formatCode(code));
      const peer = await meeting;
      const attacking = attack.run(peer).catch(() => {});
      await victim.assertUnharmed("receiver", attack.codes, attack.files);
      await peer.channel.close();
      await attacking;
    });

  for (const [what, attack] of RECEIVERS)
    it(`a receiver that ${what}`, async () => {
      await victim.meets({}, false);
      const peer = await HostilePeer.receiver(place(), parseCode(await victim.send()));
      await peer.control(READY);
      const attacking = attack.run(peer).catch(() => {});
      await victim.assertUnharmed("sender", attack.codes, attack.files);
      await peer.channel.close();
      await attacking;
    });

  it("leave an honest pair alone", async () => {
    await victim.meets({}, false);
    victim.receive(await victim.send());
    await victim.assertUnharmed("receiver", [], SENT);
    await victim.assertUnharmed("sender", [], SENT);
  });
});
