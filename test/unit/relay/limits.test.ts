import assert from "node:assert/strict";
import { createServer, Socket } from "node:net";
import { addressKey, networkOf, truncated } from "../../../relay/address";
import { AdmissionControl } from "../../../relay/admission";
import { Connecting } from "../../../relay/connecting";
import { listen } from "../../../relay/listen";
import { resolveLimits } from "../../../relay/options";
import { normalOrigin, originAllowed } from "../../../relay/origin";
import { NO_PROXIES } from "../../../relay/proxies";
import { relayHelp, relaySettings } from "../../../relay/settings";

describe("relay: address keys", () => {
  for (const [remote, key] of [
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:2::9", "2001:db8:1:2::/64"],
    ["2001:db8::9", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["64:ff9b::192.0.2.7", "64:ff9b:0:0::/64"],
    ["junk", "unknown"],
    [undefined, "unknown"],
  ] as const)
    it(`${remote} counts as ${key}`, () => assert.equal(addressKey(remote), key));
});

describe("relay: networks", () => {
  for (const [key, network, shown] of [
    ["192.0.2.7", undefined, "192.0.2.0/24"],
    ["2001:db8:1:2::/64", "2001:db8:1::/48", "2001:db8:1::/48"],
    ["2001:db8:0:0::/64", "2001:db8:0::/48", "2001:db8:0::/48"],
    ["unknown", undefined, "unknown"],
  ] as const)
    it(`${key} lies in ${network} and is shown as ${shown}`, () => {
      assert.equal(networkOf(key), network);
      assert.equal(truncated(key), shown);
    });
});

describe("relay: connections that have not joined", () => {
  const from = (remotePort: number) =>
    Object.defineProperties(new Socket(), {
      remoteAddress: { value: "192.0.2.7" },
      remotePort: { value: remotePort },
    });
  const limits = { connectingPerAddress: 1, connectsPerMinute: 1_000, addressesPerNetwork: 1 };

  it("are counted until they join or end", () => {
    const connecting = new Connecting(limits, NO_PROXIES, () => 0);
    const [one, two] = [from(1), from(2)];
    assert.equal(connecting.add(one), undefined);
    assert.equal(connecting.add(two), "connecting");
    connecting.joined(one);
    assert.equal(connecting.add(two), undefined);
    two.emit("close");
    assert.equal(connecting.add(from(3)), undefined);
  });

  it("are counted once when a port is used again before the former end was heard of", () => {
    const connecting = new Connecting(limits, NO_PROXIES, () => 0);
    const [former, present] = [from(1), from(1)];
    assert.equal(connecting.add(former), undefined);
    assert.equal(connecting.add(present), undefined);
    former.emit("close");
    assert.equal(connecting.add(from(2)), "connecting", "the present one is still counted");
    present.emit("close");
    assert.equal(connecting.add(from(2)), undefined);
  });
});

describe("relay: listening", () => {
  it("goes on when connections cannot be accepted", async () => {
    const server = createServer();
    await listen(server, { host: "127.0.0.1", port: 0 }, "ws");
    try {
      // As net.Server does; without a listener this throws.
      for (let i = 0; i < 2; i++) server.emit("error", new Error("accept ENOBUFS"));
    } finally {
      server.close();
    }
  });
});

describe("relay: admission", () => {
  const control = (joinsPerMinute: number, now: () => number) =>
    new AdmissionControl({ joinsPerMinute, addressesPerNetwork: 2 }, now);

  it("admits a burst, answers as many refusals, then only floods", () => {
    let now = 0;
    const admission = control(3, () => now);
    const admit = (count: number) => Array.from({ length: count }, () => admission.admit("a"));
    assert.deepEqual(admit(3), ["admitted", "admitted", "admitted"]);
    assert.deepEqual(admit(4), ["refused", "refused", "refused", "flooding"]);
    assert.equal(admission.admit("b"), "admitted", "another address is not concerned");
    now += 20_000;
    assert.deepEqual(admit(2), ["admitted", "refused"]);
  });

  it("makes tried rooms cost more, down to one minute's debt", () => {
    let now = 0;
    const admission = control(10, () => now);
    admission.charge("a", 1_000);
    now += 60_000;
    assert.equal(admission.admit("a"), "refused");
    now += 6_000;
    assert.equal(admission.admit("a"), "admitted");
  });

  it("gives all the /64s of one /48 no more than its share", () => {
    const admission = control(2, () => 0);
    const admitted = (block: number) => admission.admit(addressKey(`2001:db8:1:${block}::1`));
    const verdicts = Array.from({ length: 6 }, (_, block) => admitted(block));
    assert.deepEqual(verdicts.slice(0, 4), Array(4).fill("admitted"));
    assert.deepEqual(verdicts.slice(4), ["refused", "refused"]);
    assert.equal(admission.admit(addressKey("2001:db8:2::1")), "admitted");
  });

  it("admits the first of one a minute, though time goes on meanwhile", () => {
    let now = 0;
    const admission = control(1, () => (now += 0.001));
    assert.deepEqual([admission.admit("a"), admission.admit("a")], ["admitted", "refused"]);
  });

  it("forgets an address only when its budget is whole", () => {
    let now = 0;
    const admission = control(2, () => now);
    admission.admit("a");
    admission.admit("a");
    admission.sweep();
    assert.equal(admission.admit("a"), "refused");
    now += 120_000;
    admission.sweep();
    assert.equal(admission.admit("a"), "admitted");
  });
});

describe("relay: origins", () => {
  const listed = new Set(["https://relay.example"]);
  for (const [origin, host, allowed] of [
    [undefined, "relay.example", true],
    ["http://127.0.0.1:4711", "127.0.0.1:4711", true],
    ["http://[::1]:4711", "[::1]:4711", true],
    ["http://localhost:4711", "localhost:4711", true],
    ["https://relay.example", "10.0.0.1:4711", true],
    ["http://127.0.0.1:3000", "127.0.0.1:4711", false],
    ["https://evil.example", "192.168.1.5:4711", false],
    // A name that its owner points at this relay.
    ["http://evil.example:4711", "evil.example:4711", false],
    ["https://relay.example.evil.example", "relay.example", false],
    ["http://127.0.0.1:4711", undefined, false],
    ["null", "127.0.0.1:4711", false],
    ["vscode-webview://abc", "127.0.0.1:4711", false],
    ["", "127.0.0.1:4711", false],
  ] as const)
    it(`${allowed ? "takes" : "refuses"} ${JSON.stringify(origin)} at ${host}`, () =>
      assert.equal(originAllowed(origin, host, listed), allowed));

  it("takes a page by its host name where the relay is meant for everybody, and no other", () => {
    const open = (origin: string, host: string) => originAllowed(origin, host, listed, true);
    assert.ok(open("https://share.example", "share.example"));
    assert.ok(open("https://share.example", "share.example:443"));
    assert.ok(open("http://share.example:4711", "Share.Example:4711"));
    assert.ok(!open("https://evil.example", "share.example"));
    assert.ok(!open("http://share.example", "share.example:4711"));
    assert.ok(!open("http://share.example", "evil.example/@share.example"));
  });

  it("writes listed origins as browsers do, and takes nothing else", () => {
    assert.equal(normalOrigin("https://Relay.Example:443"), "https://relay.example");
    for (const junk of ["relay.example", "https://a/b", "https://a/?x", "ftp://a", "*"])
      assert.equal(normalOrigin(junk), undefined, junk);
  });
});

describe("relay: settings", () => {
  it("takes flags before the environment before the defaults", () => {
    const env = { SECURESHARE_RELAY_PORT: "1", SECURESHARE_RELAY_WAIT_MS: "1000" };
    const settings = relaySettings(["--port", "2", "--joins-per-minute=7"], env);
    assert.equal(settings.port, 2);
    assert.deepEqual(settings.limits, resolveLimits({ waitMs: 1_000, joinsPerMinute: 7 }));
  });

  it("lists every limit in its help", () => {
    for (const flag of ["--wait-ms", "--waiting-rooms-per-address", "--unknown-room-cost"])
      assert.ok(relayHelp().includes(flag), flag);
  });

  for (const [args, reason] of [
    [["--port", "65536"], /--port must be a whole number from 0 to 65535, not "65536"/],
    [["--port", "-1"], /--port/],
    [["--port", "1e3"], /--port/],
    [["--port="], /--port/],
    [["--wait-ms", "0x100"], /--wait-ms must be a whole number from 100/],
    [["--waiting-rooms", "0"], /--waiting-rooms/],
    [["--ping-ms", "5000", "--idle-ms", "5000"], /idleMs must be more than pingMs/],
    [["--origins", "evil"], /--origins takes https:\/\/HOST/],
    [["--trusted-proxies", "10.0.0.0/33"], /--trusted-proxies takes addresses and ranges/],
    [["--cert", "cert.pem"], /--cert and --key go together/],
    [["--admin-port", "x"], /--admin-port must be a whole number/],
    [["--log-addresses", "all"], /--log-addresses takes none or truncated/],
    [["--bytes-per-second", "1000"], /bytesPerSecond must be 0 or at least 65536/],
    [["--colour"], /--colour/],
    [["surplus"], /surplus/],
  ] as const)
    it(`refuses ${args.join(" ")}`, () =>
      assert.throws(
        () => relaySettings(args, {}),
        (error: Error & { code?: string }) =>
          error.code === "E_USAGE" && reason.test(error.message.replaceAll("\\", "")),
      ));

  it("takes 0 and 1 for a switch in the environment, and nothing else", () => {
    for (const word of ["0", "1"])
      assert.doesNotThrow(() => relaySettings([], { SECURESHARE_RELAY_NO_PAGE: word }));
    assert.throws(() => relaySettings([], { SECURESHARE_RELAY_NO_PAGE: "yes" }), {
      code: "E_USAGE",
      message: /SECURESHARE_RELAY_NO_PAGE must be 0 or 1/,
    });
  });

  it("refuses a limit out of bounds from a program too", () => {
    for (const waitMs of [Number.NaN, 0.5, -1, Number.POSITIVE_INFINITY])
      assert.throws(() => resolveLimits({ waitMs }), { code: "E_USAGE" });
  });
});
