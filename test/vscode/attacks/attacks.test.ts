import assert from "node:assert/strict";
import { join } from "node:path";
import { drawCode, formatCode, parseCode } from "../../../src/core/wire/code";
import { nodePorts } from "../../../src/node/ports";
import { HostVictim } from "../../support/hostile/hostVictim";
import { HostilePeer } from "../../support/hostile/peer";
import { READY, RECEIVERS, SENDERS } from "../../support/hostile/peerAttacks";
import type { OnFrame, Room } from "../../support/hostile/relay";
import { GREETINGS, HANDSHAKES, RECORDS } from "../../support/hostile/relayAttacks";
import { SENT } from "../../support/hostile/victim";
import { random } from "../../support/memory/session";
import { makeTree } from "../../support/tree";
import { TEST_MS } from "../../support/vscode/patience";

/** A code whose check symbol fits; its room is whatever the relay says. */
const CODE = "k7qm-3x9d-t2v7";

type Happening =
  | `${"sender" | "receiver"} ${"pauses" | "cancels" | "is cut"}`
  | "the window is loaded anew";

async function happen(victim: HostVictim, what: Happening, room: Room): Promise<void> {
  if (what === "the window is loaded anew") return victim.driver.reload();
  const role = what.startsWith("sender") ? "sender" : "receiver";
  if (what.endsWith("is cut")) return room.close(role, 4000);
  return victim.does(role, what.endsWith("pauses") ? "pause" : "cancel");
}

/** Takes some dozens of records. */
const LARGE = { "y/large.txt": "0123456789abcdef".repeat(500_000) };

describe("attacks on the extension in its host", function () {
  this.timeout(TEST_MS);
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
      await victim.relay.joined(1);
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

  /** What happens at once when so many frames have passed. Both sides are in one window. */
  const races: readonly (readonly [after: number, ...what: readonly Happening[]][])[] = [
    [[12, "sender pauses", "sender is cut"]],
    [[12, "receiver pauses", "receiver is cut", "sender is cut"]],
    [[12, "sender cancels", "receiver is cut"]],
    [[14, "receiver cancels", "sender cancels"]],
    [
      [10, "sender is cut"],
      [16, "the window is loaded anew"],
    ],
    [[12, "sender pauses", "the window is loaded anew", "receiver is cut"]],
  ];
  for (const race of races)
    it(`at once: ${race.flatMap(([, ...what]) => what).join(", ")}`, async () => {
      const happened: Promise<void>[] = [];
      let frames = 0;
      const frame: OnFrame = (_, bytes, room) => {
        const due = race.filter(([after]) => after === frames).flatMap(([, ...what]) => what);
        frames++;
        for (const what of due) happened.push(happen(victim, what, room));
        return [bytes];
      };
      await makeTree(join(victim.root, "from"), LARGE);
      await victim.meets({ frame }, true);
      victim.receive(await victim.send("y"));
      const steps = race.flatMap(([, ...what]) => what);
      await victim.relay.passed(Math.max(...race.map(([after]) => after)) + 1);
      await Promise.all(happened);
      assert.equal(happened.length, steps.length);
      const cancelled = steps.some((step) => step.endsWith("cancels"));
      // Where the connection broke with the word of it, the other side waits on for its user.
      if (cancelled)
        await Promise.all([victim.does("sender", "cancel"), victim.does("receiver", "cancel")]);
      const codes = cancelled ? (["E_CANCELLED", "E_INTERRUPTED"] as const) : [];
      for (const role of ["receiver", "sender"] as const)
        await victim.assertUnharmed(role, codes, LARGE);
    });

  it("leave an honest pair alone", async () => {
    await victim.meets({}, false);
    victim.receive(await victim.send());
    await victim.assertUnharmed("receiver", [], SENT);
    await victim.assertUnharmed("sender", [], SENT);
  });
});
