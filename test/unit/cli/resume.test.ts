import assert from "node:assert/strict";
import { Interruption } from "../../../src/cli/interruption";
import type { Parts } from "../../../src/cli/parts";
import { EXIT_CODES, SecureShareError } from "../../../src/core/errors";
import type { ReceiverDocument, SenderDocument } from "../../../src/core/files/journal";
import type { Summary } from "../../../src/core/session/events";
import type { resumeReceiving, resumeSending } from "../../../src/core/session/transfer";
import { fileItem, foundSource, memoryTransfers, runCli } from "../../support/fakeCli";

const RELAY = "ws://192.0.2.9:4711";
const ID = "1a2b".padEnd(32, "0");
const completed: Summary = { outcome: "completed", bytes: 5, files: 1, seconds: 2 };
const common: Omit<SenderDocument, "id" | "role" | "accepted" | "padding" | "embedded"> = {
  version: 1,
  createdAt: 1_600_000_000_000,
  touchedAt: 1_600_000_000_000,
  relays: [RELAY],
  sealed: "",
  verified: true,
  verify: "compare",
  automated: false,
  peer: null,
  offered: true,
  changed: [],
  keepForMs: 0,
};
const sent: SenderDocument = {
  ...common,
  id: ID,
  role: "sender",
  accepted: [[0, 1]],
  padding: true,
  embedded: null,
};
const received: ReceiverDocument = {
  ...common,
  id: "1a3c".padEnd(32, "0"),
  role: "receiver",
  accepted: [[0, 1]],
  folder: "/in",
  conflict: "rename",
};
const restoreSource: Parts["restoreSource"] = () => foundSource([fileItem("a.txt", 5)]);
const lost = (): never => {
  throw new SecureShareError("E_INTERRUPTED", { reason: "gone" });
};

describe("secureshare resume", () => {
  it("goes on as a sender with what the journal says, and asks nothing again", async () => {
    let given: Parameters<typeof resumeSending>[1] | undefined;
    const { exitCode, events } = await runCli({
      args: ["resume", "1a2", "--json", "--keep-for", "1", "--relay", "192.0.2.3:7"],
      parts: {
        transfers: memoryTransfers([sent, received]),
        restoreSource,
        resumeSending: async (_, options, document, ui) => {
          given = options;
          assert.equal(document, sent);
          ui.event({ kind: "resumed", bytes: 3 });
          return completed;
        },
      },
    });
    assert.equal(exitCode, 0);
    assert.deepEqual(
      events().map(({ event }) => event),
      ["resumed", "done"],
    );
    assert.deepEqual(given?.relays, [RELAY]);
    assert.deepEqual(given?.controls?.relays, ["ws://192.0.2.3:7"]);
    assert.equal(given?.keepForMs, 3_600_000);
  });

  it("goes on as a receiver, without a terminal, where all was answered", async () => {
    let past: Parameters<typeof resumeReceiving>[3] | undefined;
    const { exitCode } = await runCli({
      args: ["resume"],
      parts: {
        transfers: memoryTransfers([received]),
        resumeReceiving: async (_ports, _options, _document, found) => {
          past = found;
          return completed;
        },
      },
    });
    assert.equal(exitCode, 0);
    assert.equal(past?.manifest.length, 1);
  });

  it("wants somebody to ask where a former run was not answered", async () => {
    for (const document of [
      { ...sent, verified: false },
      { ...received, accepted: null, folder: null, conflict: null },
    ]) {
      const parts = { transfers: memoryTransfers([document]) };
      const { exitCode, err } = await runCli({ args: ["resume"], parts });
      assert.equal(exitCode, EXIT_CODES.E_USAGE);
      assert.match(err, /no terminal to ask on/);
    }
  });

  it("tells several, none, unknown and running ones apart", async () => {
    const cases: [string[], ReturnType<typeof memoryTransfers>, RegExp][] = [
      [[], memoryTransfers(), /no interrupted transfer\./],
      [[], memoryTransfers([sent, received]), /1a2b0000 [^]*1a3c0000 [^]*2 transfers wait/],
      [["1a"], memoryTransfers([sent, received]), /2 transfers wait/],
      [["2"], memoryTransfers([sent, received]), /with this id/],
      [["../x"], memoryTransfers([sent]), /with this id/],
      [["1a2b"], memoryTransfers([sent], "elsewhere"), /another program is at this transfer/],
      [["--forget", "1a2b"], memoryTransfers([sent], "elsewhere"), /another program/],
    ];
    for (const [more, transfers, pattern] of cases) {
      const run = await runCli({ args: ["resume", "--yes", ...more], parts: { transfers } });
      assert.equal(run.exitCode, EXIT_CODES.E_USAGE);
      assert.match(run.out + run.err, pattern);
    }
  });

  it("lists and forgets", async () => {
    const transfers = memoryTransfers([sent, received]);
    const { out } = await runCli({ args: ["resume", "--list"], parts: { transfers } });
    assert.match(out, /^1a2b0000 {2}send .*\n1a3c0000 {2}receive .*\/in\n$/);
    const forget = ["resume", "--forget", "1a2b", "--json"];
    const { events } = await runCli({ args: forget, parts: { transfers } });
    assert.deepEqual(events(), [{ event: "forgotten", id: ID }]);
    assert.deepEqual(transfers.forgotten, [ID]);
  });

  it("says what to go on with when it is interrupted again", async () => {
    const parts: Partial<Parts> = {
      transfers: memoryTransfers([sent]),
      restoreSource,
      resumeSending: async () => lost(),
    };
    const json = await runCli({ args: ["resume", "--json"], parts });
    assert.deepEqual(json.events()[0], {
      event: "interrupted",
      reason: "gone",
      resumable: true,
      id: ID,
    });
    assert.equal(json.exitCode, EXIT_CODES.E_INTERRUPTED);
    assert.match((await runCli({ args: ["resume"], parts })).err, /secureshare resume 1a2b0000/);
  });

  it("is interrupted and not cancelled by Ctrl-C, whatever it waits for", async () => {
    const interruption = new Interruption();
    const { exitCode } = await runCli({
      args: ["resume", "--json"],
      interruption,
      parts: {
        transfers: memoryTransfers([sent]),
        restoreSource,
        resumeSending: (_ports, _options, _document, _ui, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(new Error("ended")));
            interruption.interrupt("SIGINT");
          }),
      },
    });
    assert.equal(exitCode, EXIT_CODES.E_INTERRUPTED);
  });

  it("brings its own relay back to its place, else near it, and says where", async () => {
    for (const taken of [0, 1, 2]) {
      const tried: string[] = [];
      const { exitCode, events } = await runCli({
        args: ["resume", "--json"],
        parts: {
          transfers: memoryTransfers([{ ...sent, embedded: RELAY }]),
          restoreSource,
          startRelay: async ({ host, port }) => {
            tried.push(`${host}:${port}`);
            if (tried.length <= taken)
              throw new SecureShareError("E_CANNOT_LISTEN", {
                address: host,
                reason: "EADDRINUSE",
              });
            return { url: `ws://${host}:${port || 5}`, close: async () => {} };
          },
          resumeSending: async (_, { relays, claim, controls }) => {
            assert.ok(claim !== undefined);
            assert.deepEqual(controls?.relays, relays);
            return completed;
          },
        },
      });
      assert.equal(exitCode, 0);
      const places = ["192.0.2.9:4711", "192.0.2.9:0", "192.0.2.1:0"];
      assert.deepEqual(tried, places.slice(0, taken + 1));
      assert.equal(events().filter(({ event }) => event === "relay").length, taken === 0 ? 0 : 1);
    }
  });

  it("does not promise to go on with what cannot be read", async () => {
    const { exitCode, events } = await runCli({
      args: ["resume", "--json"],
      parts: { transfers: memoryTransfers([sent]), restoreSource: async () => undefined },
    });
    assert.equal(exitCode, EXIT_CODES.E_RESUME_LOST);
    assert.deepEqual(
      events().map(({ event }) => event),
      ["error"],
    );
  });
});

describe("what a run leaves to be resumed", () => {
  const send = ["send", "a.txt", "--relay", RELAY, "--json", "--yes"];

  it("is named once its journal holds something, and nothing is left before that", async () => {
    for (const saves of [true, false]) {
      const transfers = memoryTransfers();
      const { events } = await runCli({
        args: send,
        parts: {
          transfers,
          sendTransfer: async ({ journal }) => {
            if (saves) await journal?.save(sent);
            return lost();
          },
        },
      });
      const told = events().find(({ event }) => event === "interrupted");
      assert.equal(told?.["resumable"], saves);
      assert.equal(transfers.forgotten.length, saves ? 0 : 1);
    }
  });

  it("is nothing for a text, and for who keeps nothing", async () => {
    for (const args of [
      ["send", "--text", "hello", "--relay", RELAY, "--yes", "--json"],
      [...send, "--keep-for", "0"],
    ]) {
      let journal: unknown;
      await runCli({
        args,
        parts: {
          sendTransfer: async (ports) => {
            journal = ports.journal;
            return completed;
          },
        },
      });
      assert.equal(journal, undefined);
    }
  });
});
