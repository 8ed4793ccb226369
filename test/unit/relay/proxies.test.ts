import assert from "node:assert/strict";
import { clientAddress, NO_PROXIES, trustedProxies } from "../../../relay/proxies";

function trusting(...ranges: string[]) {
  const result = trustedProxies(ranges);
  assert.ok("proxies" in result);
  return result.proxies;
}

describe("relay: the address behind proxies", () => {
  const trusted = trusting("10.0.0.0/8", "127.0.0.1", "2001:db8:ff::/48");
  for (const [why, remote, header, address] of [
    ["no header", "10.0.0.1", undefined, "10.0.0.1"],
    ["one proxy", "10.0.0.1", "192.0.2.7", "192.0.2.7"],
    ["a chain of proxies", "127.0.0.1", "192.0.2.7, 10.1.1.1,10.2.2.2", "192.0.2.7"],
    ["a client that forged the first entries", "10.0.0.1", "1.1.1.1, 192.0.2.7", "192.0.2.7"],
    ["a client that names proxies", "10.0.0.1", "10.9.9.9, 192.0.2.7", "192.0.2.7"],
    ["a forged header without a proxy", "192.0.2.9", "10.0.0.1, 1.1.1.1", "192.0.2.9"],
    ["everybody trusted", "10.0.0.1", "10.0.0.2", "10.0.0.2"],
    ["IPv4 in IPv6", "::ffff:10.0.0.1", "::ffff:192.0.2.7", "192.0.2.7"],
    ["IPv6", "2001:db8:ff::1", "2001:DB8:1::7", "2001:db8:1::7"],
    ["an IPv6 address with a port", "10.0.0.1", "[2001:db8:1::7]:4711", "2001:db8:1::7"],
    ["an IPv4 address with a port", "10.0.0.1", "192.0.2.7:4711", "192.0.2.7"],
    ["junk before the proxy's word", "10.0.0.1", "192.0.2.7, unknown", "10.0.0.1"],
    ["junk behind a proxy", "10.0.0.1", "<script>, 10.0.0.2", "10.0.0.2"],
    ["an empty header", "10.0.0.1", "", "10.0.0.1"],
    ["no address at all", undefined, "192.0.2.7", undefined],
  ] as const)
    it(`with ${why}`, () => assert.equal(clientAddress(remote, header, trusted), address));

  it("looks at the last entries only, however many there are", () => {
    const header = ["192.0.2.7", ...Array<string>(1_000).fill("10.0.0.1")].join(",");
    assert.equal(clientAddress("10.0.0.1", header, trusted), "10.0.0.1");
  });

  it("believes nobody unless told to", () => {
    assert.equal(clientAddress("127.0.0.1", "192.0.2.7", NO_PROXIES), "127.0.0.1");
  });

  for (const wrong of [
    "relay.example",
    "10.0.0.0/33",
    "10.0.0.0/x",
    "10.0.0.0/8/8",
    "::/129",
    "/8",
  ])
    it(`takes no ${wrong}`, () => assert.deepEqual(trustedProxies(["::1", wrong]), { wrong }));
});
