import assert from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";
import {
  isLoopback,
  isWildcard,
  networkAddresses,
  relayUrl,
} from "../../../src/node/networkAddresses";

function info(address: string, internal = false): NetworkInterfaceInfo {
  const common = { address, netmask: "", mac: "", internal, cidr: null };
  return address.includes(":")
    ? { ...common, family: "IPv6", scopeid: 0 }
    : { ...common, family: "IPv4" };
}

describe("network addresses", () => {
  it("are those by which others reach this computer, likely ones first", () => {
    const found = networkAddresses({
      lo: [info("127.0.0.1", true), info("::1", true)],
      docker0: [info("172.17.0.1")],
      wg0: [info("10.8.0.2")],
      eth0: [info("fe80::1"), info("2001:db8::5"), info("192.168.1.5")],
      wlan0: [info("2001:db8::6")],
      usb0: [info("169.254.7.7")],
      down: undefined,
    });
    assert.deepEqual(found, [
      { name: "eth0", address: "192.168.1.5" },
      { name: "wlan0", address: "2001:db8::6" },
      { name: "docker0", address: "172.17.0.1" },
      { name: "wg0", address: "10.8.0.2" },
    ]);
  });

  it("are told apart from loopback and from all of them at once", () => {
    assert.deepEqual(["127.0.0.1", "::1", "localhost", "192.168.1.5"].map(isLoopback), [
      true,
      true,
      true,
      false,
    ]);
    assert.deepEqual(["0.0.0.0", "::", "127.0.0.1"].map(isWildcard), [true, true, false]);
  });

  it("make a relay's address, in brackets where they need them", () => {
    assert.equal(relayUrl("192.168.1.5", 4711), "ws://192.168.1.5:4711");
    assert.equal(relayUrl("2001:db8::5", 4711), "ws://[2001:db8::5]:4711");
  });
});
