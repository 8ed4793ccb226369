import assert from "node:assert/strict";
import { Counters } from "../../../relay/counters";
import { exposition, METRICS, type Snapshot } from "../../../relay/metrics";
import { resolveLimits } from "../../../relay/options";
import { CloseCode } from "../../../src/core/wire/closeCodes";
import { FakeClient, fakeRelay, RESUME_ROOM } from "./fakeClient";

function snapshotOf(stats: Snapshot["stats"], counters: Counters): Snapshot {
  return {
    stats,
    counters,
    limits: resolveLimits(),
    loopDelay: { p50: 0.001, p99: 0.25, max: 0.5 },
    certificateExpires: new Date(1_800_000_000_000),
    process: { cpuSeconds: 1.5, residentBytes: 1024, startedAt: 1_700_000_000 },
  };
}

describe("relay: figures", () => {
  it("shows rooms, bytes, joins and refusals by reason", () => {
    const fake = fakeRelay();
    const sender = fake.join(new FakeClient(), "sender");
    fake.join(new FakeClient(), "sender", { room: RESUME_ROOM });
    fake.join(new FakeClient(), "receiver");
    sender.answerPings();
    sender.events?.frame(Buffer.alloc(100));
    fake.join(new FakeClient(), "receiver", { room: "aaaaa" });
    fake.join(new FakeClient(), "receiver", { room: "bbbbb" });
    fake.counters.refused("flooding");
    sender.events?.text();
    const text = exposition(snapshotOf(fake.relay.stats(), fake.counters));
    for (const line of [
      "secureshare_relay_rooms_waiting 2",
      "secureshare_relay_rooms_paired 0",
      "secureshare_relay_clients 2",
      "secureshare_relay_draining 0",
      "secureshare_relay_pairings_total 1",
      "secureshare_relay_forwarded_bytes_total 100",
      'secureshare_relay_joins_total{role="sender",kind="code"} 1',
      'secureshare_relay_joins_total{role="sender",kind="resume"} 1',
      'secureshare_relay_joins_total{role="receiver",kind="code"} 1',
      'secureshare_relay_refusals_total{reason="unknownRoom"} 2',
      'secureshare_relay_refusals_total{reason="flooding"} 1',
      'secureshare_relay_closures_total{reason="badMessage"} 1',
      'secureshare_relay_limit{limit="waitingRooms"} 20000',
      'secureshare_relay_event_loop_delay_seconds{quantile="0.99"} 0.25',
      "secureshare_relay_certificate_expiry_timestamp_seconds 1800000000",
      "process_resident_memory_bytes 1024",
    ])
      assert.ok(text.split("\n").includes(line), line);
    for (const secret of [RESUME_ROOM, "aaaaa", "192.0.2.1"])
      assert.equal(text.includes(secret), false, secret);
  });

  it("is in Prometheus's text format, each metric announced once", () => {
    const counters = new Counters();
    counters.refused(CloseCode.full);
    const text = exposition(snapshotOf(fakeRelay().relay.stats(), counters));
    const sample = /^[a-z_]+(?:\{[a-z]+="[A-Za-z0-9.]+"(?:,[a-z]+="[a-z]+")*\})? [0-9.e+-]+$/;
    const announced: string[] = [];
    for (const line of text.trimEnd().split("\n")) {
      const [, name] = /^# TYPE ([a-z_]+) (?:gauge|counter)$/.exec(line) ?? [];
      if (name !== undefined) announced.push(name);
      else if (!line.startsWith("# HELP ")) {
        assert.match(line, sample);
        assert.ok(line.startsWith(announced.at(-1) ?? "?"), line);
      }
    }
    assert.deepEqual(announced, Object.keys(METRICS));
    assert.ok(text.endsWith("\n"));
  });

  it("names counters and units as Prometheus does", () => {
    for (const [name, { type }] of Object.entries(METRICS))
      assert.equal(name.endsWith("_total"), type === "counter", name);
  });
});
