import assert from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";
import { SecureShareError } from "../../../src/core/errors";
import { EmbeddedRelay } from "../../../src/host/embeddedRelay";
import { OwnRelay } from "../../../src/host/ownRelay";
import { movedFrom, reachOf, type Whereabouts } from "../../../src/host/whereabouts";

const lan = (address: string, port = 4711): Whereabouts => ({
  bind: address,
  announced: address,
  port,
  reach: "this-network",
});
const loopback: Whereabouts = { ...lan("127.0.0.1"), reach: "this-computer" };

function interfaces(...addresses: string[]): Record<string, NetworkInterfaceInfo[]> {
  const infos = addresses.map(
    (address): NetworkInterfaceInfo => ({
      address,
      netmask: "255.255.255.0",
      mac: "",
      internal: false,
      cidr: null,
      family: "IPv4",
    }),
  );
  return { eth0: infos };
}

/** A relay that can listen on `free` ports only, and on any when asked for port 0. */
function relayWith(...free: number[]) {
  const started: string[] = [];
  const relay = new EmbeddedRelay(
    async (host, port) => {
      if (port !== 0 && !free.includes(port))
        throw new SecureShareError("E_CANNOT_LISTEN", { address: host, reason: "EADDRINUSE" });
      started.push(`${host}:${port}`);
      return { port: port === 0 ? 50_000 : port, close: async () => {} };
    },
    () => {},
  );
  return { relay, started };
}

describe("whereabouts of a window's relay", () => {
  it("stay as they are while this computer has the address", () => {
    const now = interfaces("192.168.1.5", "10.0.0.7");
    assert.equal(movedFrom(lan("192.168.1.5"), lan("10.0.0.7"), now), undefined);
  });

  it("follow the user's choice to the address of today, with the old port", () => {
    const moved = movedFrom(lan("192.168.1.5", 40_123), lan("10.0.0.7", 0), interfaces("10.0.0.7"));
    assert.deepEqual(moved, lan("10.0.0.7", 40_123));
  });

  it("never open to a network what was for this computer only", () => {
    assert.equal(movedFrom(loopback, lan("10.0.0.7"), interfaces("10.0.0.7")), undefined);
    assert.equal(movedFrom(lan("192.168.1.5"), loopback, interfaces("10.0.0.7")), undefined);
  });

  it("are nowhere without a network", () => {
    assert.equal(movedFrom(lan("192.168.1.5"), undefined, interfaces()), undefined);
    assert.equal(movedFrom(lan("192.168.1.5"), lan("192.168.1.5"), interfaces()), undefined);
  });
});

describe("who reaches a window's relay", () => {
  const here = interfaces("192.168.1.5");

  it("is said by the address that it listens on", () => {
    assert.deepEqual(reachOf("127.0.0.1", here), {
      announced: "127.0.0.1",
      reach: "this-computer",
    });
    assert.deepEqual(reachOf("10.0.0.7", here), { announced: "10.0.0.7", reach: "this-network" });
  });

  it("is the network's address where it listens on all", () => {
    for (const all of ["0.0.0.0", "::"])
      assert.deepEqual(reachOf(all, here), { announced: "192.168.1.5", reach: "this-network" });
  });
});

describe("a sender's own relay", () => {
  const stays = { today: () => undefined };

  it("comes back on the same address and port", async () => {
    const { relay } = relayWith(40_123);
    const own = await OwnRelay.open(relay, stays, lan("192.168.1.5", 40_123));
    assert.equal(own.url, "ws://192.168.1.5:40123");
    await own.release();
    assert.equal(relay.leases, 0);
  });

  it("takes a free port where its own is taken", async () => {
    const { relay } = relayWith();
    const own = await OwnRelay.open(relay, stays, lan("192.168.1.5", 40_123));
    assert.equal(own.url, "ws://192.168.1.5:50000");
    assert.equal(own.where.port, 50_000);
    await own.release();
  });

  it("goes where this computer is now, beside where it was", async () => {
    const { relay, started } = relayWith(40_123);
    let today: Whereabouts | undefined;
    const own = await OwnRelay.open(relay, { today: () => today }, lan("192.168.1.5", 40_123));
    assert.equal(await own.follow(), false);
    today = lan("10.0.0.7", 40_123);
    assert.equal(await own.follow(), true);
    assert.equal(own.url, "ws://10.0.0.7:40123");
    assert.deepEqual(started, ["192.168.1.5:40123", "10.0.0.7:40123"]);
    await own.release();
    assert.equal(relay.leases, 0);
  });

  it("keeps nothing open that it gets after its transfer has ended", async () => {
    const { relay } = relayWith(40_123);
    const today = lan("10.0.0.7", 40_123);
    let moved = false;
    const routes = { today: () => (moved ? today : undefined) };
    const own = await OwnRelay.open(relay, routes, lan("192.168.1.5", 40_123));
    moved = true;
    const following = own.follow();
    await own.release();
    assert.equal(await following, false);
    assert.equal(relay.leases, 0);
  });

  it("says so when it can listen nowhere", async () => {
    const relay = new EmbeddedRelay(
      () =>
        Promise.reject(
          new SecureShareError("E_CANNOT_LISTEN", { address: "x", reason: "EADDRNOTAVAIL" }),
        ),
      () => {},
    );
    const opened = OwnRelay.open(relay, stays, lan("192.168.1.5"));
    await assert.rejects(opened, { code: "E_CANNOT_LISTEN" });
    assert.equal(relay.leases, 0);
  });
});
