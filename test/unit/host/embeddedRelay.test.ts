import assert from "node:assert/strict";
import { EmbeddedRelay, type ListeningRelay } from "../../../src/host/embeddedRelay";

interface Started {
  readonly host: string;
  readonly mayCreate: (claim: string | undefined) => boolean;
  closed: boolean;
}

function setUp() {
  const started: Started[] = [];
  let changes = 0;
  const relay = new EmbeddedRelay(
    async (host, port, mayCreate): Promise<ListeningRelay> => {
      const entry: Started = { host, mayCreate, closed: false };
      started.push(entry);
      return {
        port: port === 0 ? 4711 + started.length : port,
        close: async () => {
          entry.closed = true;
        },
      };
    },
    () => changes++,
  );
  return { relay, started, changes: () => changes };
}

describe("embedded relay of a window", () => {
  it("runs once for several transfers and stops with the last of them", async () => {
    const { relay, started } = setUp();
    const [first, second] = await Promise.all([
      relay.lease("127.0.0.1", 0),
      relay.lease("127.0.0.1", 0),
    ]);
    assert.equal(started.length, 1);
    assert.equal(first.port, second.port);
    assert.equal(relay.leases, 2);
    await first.release();
    assert.equal(started[0]?.closed, false);
    await second.release();
    await second.release();
    assert.equal(started[0]?.closed, true);
    assert.equal(relay.leases, 0);
  });

  it("tells where it listens, from when it does until it is closed", async () => {
    const { relay, changes } = setUp();
    const opening = relay.lease("127.0.0.1", 0);
    assert.deepEqual(relay.listening, []);
    const lease = await opening;
    const before = changes();
    assert.deepEqual(relay.listening, [{ host: "127.0.0.1", port: lease.port }]);
    await lease.release();
    assert.deepEqual(relay.listening, []);
    assert.ok(changes() > before);
  });

  it("lets nobody make a room but the transfers that hold a lease", async () => {
    const { relay, started } = setUp();
    const lease = await relay.lease("127.0.0.1", 0);
    const mayCreate = started[0]?.mayCreate ?? (() => true);
    assert.match(lease.claim, /^[A-Za-z0-9_-]{22}$/);
    assert.equal(mayCreate(lease.claim), true);
    assert.equal(mayCreate(undefined), false);
    assert.equal(mayCreate("AAAAAAAAAAAAAAAAAAAAAA"), false);
    await lease.release();
    assert.equal(mayCreate(lease.claim), false);
  });

  it("leaves transfers on another address alone", async () => {
    const { relay, started } = setUp();
    const loopback = await relay.lease("127.0.0.1", 0);
    const network = await relay.lease("192.168.1.5", 0);
    await network.release();
    assert.deepEqual(
      started.map(({ closed }) => closed),
      [false, true],
    );
    await loopback.release();
  });

  it("starts anew after it was stopped under its transfers", async () => {
    const { relay, started } = setUp();
    const lost = await relay.lease("127.0.0.1", 0);
    assert.equal(lost.stopped.aborted, false);
    await relay.stop();
    assert.equal(started[0]?.closed, true);
    assert.equal(lost.stopped.aborted, true);
    const again = await relay.lease("127.0.0.1", 0);
    await lost.release();
    assert.equal(started[1]?.closed, false);
    await again.release();
    assert.equal(started[1]?.closed, true);
  });

  it("keeps nothing of a relay that could not listen", async () => {
    let attempts = 0;
    const relay = new EmbeddedRelay(
      () => {
        attempts++;
        return Promise.reject(new Error("in use"));
      },
      () => {},
    );
    await assert.rejects(relay.lease("127.0.0.1", 4711), /in use/);
    assert.equal(relay.leases, 0);
    await assert.rejects(relay.lease("127.0.0.1", 4711), /in use/);
    assert.equal(attempts, 2);
  });

  it("is found by the port that it got by chance, for a transfer that comes back", async () => {
    const { relay, started } = setUp();
    const first = await relay.lease("127.0.0.1", 0);
    const [again, twice] = await Promise.all([
      relay.lease("127.0.0.1", first.port),
      relay.lease("127.0.0.1", first.port),
    ]);
    assert.deepEqual([again.port, twice.port, started.length], [first.port, first.port, 1]);
    for (const { release } of [first, again, twice]) await release();
    assert.equal(started[0]?.closed, true);
  });

  it("comes back on its old port once for all transfers, and serves new ones too", async () => {
    const { relay, started } = setUp();
    const leases = await Promise.all([
      relay.lease("127.0.0.1", 40_123),
      relay.lease("127.0.0.1", 40_123),
      relay.lease("127.0.0.1", 0),
    ]);
    assert.deepEqual(
      leases.map(({ port }) => port),
      [40_123, 40_123, 40_123],
    );
    assert.equal(started.length, 1);
    await relay.stop();
  });
});
