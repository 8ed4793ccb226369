import assert from "node:assert/strict";
import { drawCode, formatCode, parseCode } from "../../../src/core/wire/code";
import { nodePorts } from "../../../src/node/ports";
import { PageVictim } from "../../support/hostile/pageVictim";
import { HostilePeer } from "../../support/hostile/peer";
import { type Attack, READY, RECEIVERS, SENDERS } from "../../support/hostile/peerAttacks";
import { GREETINGS, HANDSHAKES, RECORDS } from "../../support/hostile/relayAttacks";
import { SENT } from "../../support/hostile/victim";
import { random } from "../../support/memory/session";
import { Opened } from "../../support/opened";
import { launchBrowser } from "../../support/vscode/browser";
import { TEST_MS } from "../../support/vscode/patience";

/** A code whose check symbol fits; its room is whatever the relay says. */
const CODE = "k7qm-3x9d-t2v7";
const SIDES = ["sender", "receiver"] as const;

/** The attacks that the command line and the extension have to bear, one after the other in one tab. */
describe("browser page: hostile programs", function () {
  this.timeout(TEST_MS);
  const opened = new Opened();
  let victim: PageVictim;
  before(async () => {
    victim = opened.add(await PageVictim.open(opened.add(await launchBrowser())));
  });
  after(() => opened.close());
  afterEach(() => victim.recover());

  for (const [what, [greet, codes]] of Object.entries(GREETINGS))
    it(`a relay that has ${what}`, async () => {
      victim.relay.become({ greet });
      await victim.sendAnyway();
      await victim.receive(CODE);
      // A browser takes in a message of any length: it is the page that refuses it.
      for (const side of SIDES) await victim.assertUnharmed(side, [...codes, "E_RELAY_PROTOCOL"]);
    });

  for (const [what, [frame, codes]] of Object.entries(HANDSHAKES))
    it(`a relay that ${what}`, async () => {
      victim.relay.become({ frame: frame() });
      await victim.receive(await victim.send());
      await victim.assertUnharmed("receiver", codes);
    });

  for (const [what, frame] of Object.entries(RECORDS))
    it(`a relay that ${what}: both sides meet again, and all arrives as it was`, async () => {
      victim.relay.become({ frame: frame() });
      await victim.receive(await victim.send());
      await victim.assertUnharmed("receiver", [], SENT);
      await victim.assertUnharmed("sender", [], SENT);
      assert.ok(victim.relay.rooms.size > 1, "nothing was spoiled");
    });

  const place = () => ({ relay: nodePorts().dialer, url: victim.relay.url });
  /** The attack goes on for as long as the victim takes it. */
  async function bear(role: (typeof SIDES)[number], peer: HostilePeer, attack: Attack) {
    const attacking = attack.run(peer).catch(() => {});
    await victim.assertUnharmed(role, attack.codes, attack.files);
    await peer.channel.close();
    await attacking;
  }

  for (const [what, attack] of SENDERS)
    it(`a sender that ${what}`, async () => {
      victim.relay.become({});
      const code = drawCode((n) => random.bytes(n));
      const meeting = HostilePeer.sender(place(), code);
      await victim.relay.joined(1);
      await victim.receive(formatCode(code));
      await bear("receiver", await meeting, attack);
    });

  for (const [what, attack] of RECEIVERS)
    it(`a receiver that ${what}`, async () => {
      victim.relay.become({});
      const peer = await HostilePeer.receiver(place(), parseCode(await victim.send()));
      await peer.control(READY);
      await bear("sender", peer, attack);
    });

  it("have broken no rule of the page's policy, and no script of it", async () => {
    assert.deepEqual(await victim.problems(), []);
  });
});
