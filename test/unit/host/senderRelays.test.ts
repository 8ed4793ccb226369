import assert from "node:assert/strict";
import { mock } from "node:test";
import { EmbeddedRelay } from "../../../src/host/embeddedRelay";
import type { RelayRoute } from "../../../src/host/relayRoute";
import { type Passage, SenderRelays } from "../../../src/host/senderRelays";
import { configuredRelays, readSettings } from "../../../src/host/settings";
import type { TransferChange } from "../../../src/host/transferList";
import type { Whereabouts } from "../../../src/host/whereabouts";
import { Transfer } from "../../../src/presenter/transfer";

const embedded = {
  kind: "embedded",
  bind: "127.0.0.1",
  announced: "127.0.0.1",
  port: 0,
  reach: "this-computer",
} as const satisfies RelayRoute;

/** The window's relay, and listeners to its transfers. */
function setUp() {
  let open = 0;
  let today: Whereabouts | undefined;
  const forwarded: string[] = [];
  const listeners = new Set<(change: TransferChange) => void>();
  const relay = new EmbeddedRelay(
    async () => {
      open += 1;
      return {
        port: 40_123,
        close: async () => {
          open -= 1;
        },
      };
    },
    () => {},
  );
  const relays = new SenderRelays({
    relay,
    routes: { today: () => today },
    transfers: {
      onDidChange: (listener) => {
        listeners.add(listener);
        return { dispose: () => listeners.delete(listener) };
      },
    },
    log: { fault: (code) => assert.fail(code) },
    forwarding: { forward: (_transfer, address) => forwarded.push(address) },
  });
  const moveTo = (address: string) => {
    today = { ...embedded, announced: address };
  };
  return { relays, relay, open: () => open, listeners, moveTo, forwarded };
}

function passage(route: RelayRoute): Passage {
  const context = {
    id: "0",
    role: "sender",
    verify: "compare",
    reach: "configured",
    uriScheme: "vscode",
    extensionId: "secureshare.secureshare",
  } as const;
  const transfer = new Transfer(context, { changed: () => {}, now: () => 0 });
  return { transfer, kept: undefined, route, signal: new AbortController().signal };
}

describe("a sender's relays", () => {
  it("are all that the setting lists, in its order, and not the window's own", async () => {
    const { relays, relay } = setUp();
    const urls = ["wss://one.example.org", "https://two.example.org/share/", "192.168.1.5:4711"];
    const settings = readSettings((key) => (key === "relay.urls" ? urls : undefined));
    const route = { kind: "configured", relays: configuredRelays(settings) } as const;
    const given = await relays.through(passage(route), async (options) => {
      assert.equal(relay.leases, 0);
      return options;
    });
    assert.deepEqual(given, {
      relays: ["wss://one.example.org", "wss://two.example.org/share", "ws://192.168.1.5:4711"],
    });
  });

  it("tell how they are reached through the editor, where a receiver has to come back", async () => {
    const { relays, forwarded } = setUp();
    await relays.through(passage(embedded), async () => {});
    assert.deepEqual(forwarded, [], "one that comes by a code is told with the code");
    const note = { version: 1, window: "", suspendedAt: null, paused: false } as const;
    const relay = { ...embedded, port: 4711 };
    const kept = { note: { ...note, contents: null, paths: [], relay }, update: () => {} };
    await relays.through({ ...passage(embedded), kept }, async () => {});
    assert.deepEqual(forwarded, ["ws://127.0.0.1:40123"]);
  });

  it("are the window's own where none is listed, held while the transfer runs", async () => {
    const { relays, relay, open, listeners } = setUp();
    await relays.through(passage(embedded), async ({ relays: urls, claim }) => {
      assert.deepEqual(urls, ["ws://127.0.0.1:40123"]);
      assert.match(claim ?? "", /^[A-Za-z0-9_-]{22}$/);
      assert.deepEqual([relay.leases, open(), listeners.size], [1, 1, 1]);
    });
    assert.deepEqual([relay.leases, open(), listeners.size], [0, 0, 0]);
  });

  it("are given back when the transfer fails", async () => {
    const { relays, relay, open, listeners } = setUp();
    const failing = relays.through(passage(embedded), () => Promise.reject(new Error("lost")));
    await assert.rejects(failing, /lost/);
    assert.deepEqual([relay.leases, open(), listeners.size], [0, 0, 0]);
  });

  it("look for a new address of this computer while the connection is lost, and no longer", async () => {
    const { relays, relay, listeners, moveTo, forwarded } = setUp();
    mock.timers.enable({ apis: ["setInterval"] });
    try {
      const run = passage(embedded);
      const { transfer } = run;
      const tell = (event: TransferChange["event"]) => {
        for (const listener of listeners) listener({ transfer, event });
      };
      const looksAgain = async () => {
        mock.timers.tick(5_000);
        await new Promise(setImmediate);
      };
      await relays.through(run, async () => {
        tell({ kind: "interrupted", reason: "closed", resumable: true });
        moveTo("10.0.0.7");
        await looksAgain();
        assert.deepEqual(transfer.controls.relays, ["ws://10.0.0.7:40123"]);
        assert.equal(relay.leases, 2);
        assert.deepEqual(forwarded, ["ws://10.0.0.7:40123"]);
        tell({ kind: "step", step: "reconnected" });
        moveTo("10.0.0.8");
        await looksAgain();
        assert.equal(relay.leases, 2);
      });
      assert.equal(relay.leases, 0);
    } finally {
      mock.timers.reset();
    }
  });

  it("end the transfer when the user stops them", async () => {
    const { relays, relay, open } = setUp();
    const ended = relays.through(passage(embedded), async (_, signal) => {
      await relay.stop();
      signal.throwIfAborted();
    });
    await assert.rejects(ended, { code: "E_CANCELLED" });
    assert.equal(open(), 0);
  });
});
