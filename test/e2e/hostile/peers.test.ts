import { drawCode, formatCode, parseCode } from "../../../src/core/wire/code";
import { nodePorts } from "../../../src/node/ports";
import { buildCli, type CliProcess } from "../../support/cli";
import { HostilePeer } from "../../support/hostile/peer";
import { type Attack, READY, RECEIVERS, SENDERS } from "../../support/hostile/peerAttacks";
import { HostileRelay } from "../../support/hostile/relay";
import { SENT, Victim } from "../../support/hostile/victim";
import { random } from "../../support/memory/session";

describe("hostile peers against the command line", function () {
  this.timeout(240_000);
  let victim: Victim;
  let relay: HostileRelay;
  before(buildCli);
  beforeEach(async () => {
    victim = await Victim.open();
    relay = await HostileRelay.open();
  });
  afterEach(async () => {
    await victim.close();
    await relay.close();
  });

  const place = () => ({ relay: nodePorts().dialer, url: relay.url });
  /** The attack goes on for as long as the victim takes it. */
  async function end(side: CliProcess, peer: HostilePeer, attack: Attack): Promise<void> {
    const attacking = attack.run(peer).catch(() => {});
    const ended = await side.ended;
    await peer.channel.close();
    await attacking;
    await victim.assertUnharmed(ended, attack.codes, attack.files);
  }

  for (const [what, attack] of SENDERS)
    it(`a sender that ${what}`, async () => {
      const code = drawCode((n) => random.bytes(n));
      const meeting = HostilePeer.sender(place(), code);
      await relay.joined(1);
      const side = victim.receive(formatCode(code), relay.url, "--keep-for", "0");
      await end(side, await meeting, attack);
    });

  for (const [what, attack] of RECEIVERS)
    it(`a receiver that ${what}`, async () => {
      const side = victim.send(relay.url, "--keep-for", "0");
      const { code } = await side.event("code");
      const peer = await HostilePeer.receiver(place(), parseCode(code));
      await peer.control(READY);
      await end(side, peer, attack);
    });

  it("leave an honest pair alone", async () => {
    const sender = victim.send(relay.url);
    const { code } = await sender.event("code");
    await victim.assertUnharmed(await victim.receive(code, relay.url).ended, [], SENT);
    await victim.assertUnharmed(await sender.ended, [], SENT);
  });
});
