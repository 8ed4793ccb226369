import assert from "node:assert/strict";
import { Interruption } from "../../../src/cli/interruption";
import type { Parts } from "../../../src/cli/parts";
import { type ErrorCode, EXIT_CODES, SecureShareError } from "../../../src/core/errors";
import type { Summary } from "../../../src/core/session/events";
import type { receiveTransfer, sendTransfer } from "../../../src/core/session/transfer";
import { parseCode } from "../../../src/core/wire/code";
import { fileItem, foundSource, offerOf, runCli } from "../../support/fakeCli";

const CODE = "k7qm-3x9d-t2v7";
const RELAY = "ws://192.0.2.9:1";
const completed: Summary = { outcome: "completed", bytes: 5, files: 1, seconds: 2 };
const peer = { policy: "compare", automated: false } as const;

/** Sends to nobody: a code, a question, an end. */
const sending: typeof sendTransfer = async (_, options, ui, signal) => {
  const relay = options.relays[0] ?? "";
  ui.event({ kind: "step", step: "relay-connected", relay });
  ui.event({ kind: "code", code: parseCode(CODE), relay, lifetimeMs: options.codeLifetimeMs });
  ui.event({ kind: "peer", state: "joined" });
  const answer = await ui.verify({ digits: "482109", peer, mode: "compare" }, 3, signal);
  if (answer.kind !== "confirmed") throw new SecureShareError("E_VERIFY_REJECTED", { by: "us" });
  ui.event({ kind: "step", step: "streaming" });
  ui.event({ kind: "progress", bytes: 5, totalBytes: 5, item: 0, path: "a.txt" });
  return completed;
};

const names = (events: readonly Record<string, unknown>[]) => events.map(({ event }) => event);
const failing = (error: Error) => async () => {
  throw error;
};
const waiting = (started: () => void): typeof sendTransfer => {
  return (_, __, ui, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("socket closed")), { once: true });
      ui.event({ kind: "step", step: "waiting" });
      started();
    });
};

describe("secureshare send", () => {
  const send = ["send", "a.txt", "--relay", RELAY];

  it("tells a script everything, and ends with done", async () => {
    const { exitCode, events, err } = await runCli({
      args: [...send, "--json", "--yes"],
      parts: { sendTransfer: sending },
    });
    assert.equal(exitCode, 0);
    assert.deepEqual(names(events()), ["code", "peer", "verify", "progress", "done"]);
    assert.deepEqual(events().at(-1), { event: "done", ...completed });
    assert.equal(err, "");
  });

  it("asks a person on the terminal", async () => {
    const { exitCode, out, err } = await runCli({
      args: send,
      terminal: true,
      parts: { sendTransfer: sending },
      // What is typed before a question does not count as its answer.
      input: [],
    });
    assert.equal(exitCode, EXIT_CODES.E_CANCELLED);
    assert.match(out, /Code +k7qm-3x9d-t2v7\n/);
    assert.match(err, /482 109/);
    assert.match(err, /same verification code\? \[y\/n\]/);
  });

  it("starts its own relay, names it beside the code, and stops it", async () => {
    const calls: string[] = [];
    const startRelay: Parts["startRelay"] = async ({ host, port, claim }) => {
      calls.push(`start ${host} ${port} ${Buffer.from(claim, "base64url").length}`);
      return {
        url: "ws://192.0.2.1:4711",
        close: async () => {
          calls.push("close");
        },
      };
    };
    const { exitCode, out } = await runCli({
      args: ["send", "a.txt", "--yes"],
      parts: { sendTransfer: sending, startRelay },
    });
    assert.equal(exitCode, 0);
    assert.deepEqual(calls, ["start 192.0.2.1 0 16", "close"]);
    assert.match(out, /k7qm-3x9d-t2v7@192\.0\.2\.1:4711/);
    assert.match(out, /http:\/\/192\.0\.2\.1:4711\/#k7qm-3x9d-t2v7/);
  });

  it("stops its own relay when the transfer fails", async () => {
    let closed = 0;
    const relay = { url: RELAY, close: async () => void closed++ };
    const { exitCode } = await runCli({
      args: ["send", "a.txt", "--yes"],
      parts: {
        startRelay: async () => relay,
        sendTransfer: failing(new SecureShareError("E_CODE_EXPIRED", { minutes: 10 })),
      },
    });
    assert.equal(exitCode, EXIT_CODES.E_CODE_EXPIRED);
    assert.equal(closed, 1);
  });

  it("gives each error its exit code, text and remedy", async () => {
    for (const code of Object.keys(EXIT_CODES) as ErrorCode[]) {
      const error = new SecureShareError<ErrorCode>(code, { path: "p", reason: "r", by: "us" });
      const { exitCode, events } = await runCli({
        args: [...send, "--json", "--yes"],
        parts: { sendTransfer: failing(error) },
      });
      assert.equal(exitCode, EXIT_CODES[code], code);
      const last = events().at(-1);
      assert.equal(last?.["event"], "error");
      assert.equal(last?.["code"], code);
      assert.ok(last?.["message"] !== "" && last?.["remedy"] !== "");
    }
  });

  it("has an exit code for what nobody foresaw", async () => {
    const { exitCode, err } = await runCli({
      args: [...send, "--yes"],
      parts: { sendTransfer: failing(new TypeError("oops")) },
    });
    assert.equal(exitCode, 1);
    assert.match(err, /E_INTERNAL/);
  });

  it("draws no code when nobody could answer", async () => {
    for (const args of [send, ["send", "--text", "-", "--relay", RELAY, "--json"]]) {
      const { exitCode, out, err } = await runCli({ args });
      assert.equal(exitCode, 2);
      assert.match(out + err, /E_USAGE/);
    }
  });

  it("needs nobody where the code alone is trusted", async () => {
    const { exitCode } = await runCli({
      args: [...send, "--verify", "code-only"],
      parts: { sendTransfer: async () => completed },
    });
    assert.equal(exitCode, 0);
  });

  /** Parts that only remember the text that would be sent. */
  function takingText(): { sent: readonly string[]; parts: Partial<Parts> } {
    const sent: string[] = [];
    const textSource: Parts["textSource"] = async (text) => {
      sent.push(text);
      return foundSource([fileItem("")]);
    };
    return { sent, parts: { sendTransfer: async () => completed, textSource } };
  }

  it("sends a text, also from standard input", async () => {
    const { sent, parts } = takingText();
    const relay = ["--relay", RELAY, "--yes"];
    await runCli({ args: ["send", "--text", "hello", ...relay], parts });
    await runCli({ args: ["send", "--text", "-", ...relay], parts, input: ["Привіт", "2"] });
    assert.deepEqual(sent, ["hello", "Привіт\n2\n"]);
  });

  it("sends a text from standard input byte for byte, or not at all", async () => {
    const { sent, parts } = takingText();
    const args = ["send", "--text", "-", "--relay", RELAY, "--yes"];
    const text = "\ufeffї\u0000\ufffd🎉";
    const bytes = Buffer.from(text);
    await runCli({ args, parts, input: Array.from(bytes, (byte) => Uint8Array.of(byte)) });
    assert.deepEqual(sent, [text]);
    for (const wrong of [Uint8Array.of(0x61, 0xff), bytes.subarray(0, -1)]) {
      const { exitCode, err } = await runCli({ args, parts, input: [wrong] });
      assert.equal(exitCode, EXIT_CODES.E_USAGE);
      assert.match(err, /not text in UTF-8.*send it as a file/);
    }
    assert.equal(sent.length, 1);
  });

  it("waits for the end of standard input no longer than its user", async () => {
    const interruption = new Interruption();
    const args = ["send", "--text", "-", "--relay", RELAY, "--yes"];
    const running = runCli({ args, interruption, input: ["half"], inputStaysOpen: true });
    setImmediate(() => interruption.interrupt("SIGINT"));
    assert.equal((await running).exitCode, EXIT_CODES.E_CANCELLED);
  });

  it("refuses an endless standard input", async () => {
    const args = ["send", "--text", "-", "--relay", RELAY, "--yes"];
    const long = await runCli({ args, input: ["x".repeat(1024 * 1024)] });
    assert.equal(long.exitCode, EXIT_CODES.E_OFFER_TOO_LARGE);
  });

  it("is cancelled by Ctrl-C while it waits, and interrupted once bytes move", async () => {
    for (const [moving, code] of [
      [false, "E_CANCELLED"],
      [true, "E_INTERRUPTED"],
    ] as const) {
      const interruption = new Interruption();
      const sendTransfer: Parts["sendTransfer"] = (ports, options, ui, signal) => {
        if (moving) ui.event({ kind: "step", step: "streaming" });
        return waiting(() => interruption.interrupt("SIGINT"))(ports, options, ui, signal);
      };
      const { exitCode, events } = await runCli({
        args: [...send, "--json", "--yes"],
        interruption,
        parts: { sendTransfer },
      });
      assert.equal(exitCode, EXIT_CODES[code]);
      assert.equal(events().at(-1)?.["code"], code);
      assert.equal(names(events()).includes("interrupted"), moving);
    }
  });
});

describe("secureshare receive", () => {
  const receive = ["receive", CODE, "--relay", RELAY];

  /** Offers items and takes the answer. */
  function offering(
    found: Parameters<typeof offerOf>[1],
    seen: { accepted?: number[]; folder?: string } = {},
  ): typeof receiveTransfer {
    return async (_, __, ui, signal) => {
      const offer = await offerOf([fileItem("a"), fileItem("b")], found);
      const decision = await ui.decide(offer, signal);
      if (decision.kind === "declined") throw new SecureShareError("E_DECLINED", { by: "us" });
      seen.accepted = [...decision.items];
      seen.folder = decision.folder;
      return { ...completed, outcome: decision.items.count === 2 ? "completed" : "partial" };
    };
  }

  it("takes the code from the arguments, the environment or the terminal", async () => {
    const codes: string[] = [];
    const receiveTransfer: Parts["receiveTransfer"] = async (_, { code, relays }) => {
      codes.push(`${code?.room} ${relays.join()}`);
      return completed;
    };
    const parts = { receiveTransfer };
    await runCli({ args: [...receive, "--yes"], parts });
    const variables = { SECURESHARE_CODE: `${CODE}@192.0.2.3:7` };
    await runCli({ args: ["receive", "--yes"], variables, parts });
    assert.deepEqual(codes, [`k7qm3 ${RELAY}`, "k7qm3 ws://192.0.2.3:7"]);
  });

  it("lets the address beside the code go before --relay", async () => {
    let used: readonly string[] = [];
    await runCli({
      args: ["receive", `${CODE}@192.0.2.3:7`, "--relay", RELAY, "--yes"],
      parts: {
        receiveTransfer: async (_, { relays }) => {
          used = relays;
          return completed;
        },
      },
    });
    assert.deepEqual(used, ["ws://192.0.2.3:7"]);
  });

  it("says at once what is missing or mistyped", async () => {
    const cases: [string[], ErrorCode][] = [
      [["receive", "--relay", RELAY, "--yes"], "E_USAGE"],
      [["receive", CODE, "--yes"], "E_USAGE"],
      [["receive", "k7qm-3x9d-t2v8", "--relay", RELAY, "--yes"], "E_CODE_MISTYPED"],
      [["receive", CODE, "--relay", RELAY], "E_USAGE"],
    ];
    for (const [args, code] of cases) {
      const { exitCode, err } = await runCli({ args });
      assert.equal(exitCode, EXIT_CODES[code]);
      assert.match(err, new RegExp(code));
    }
  });

  it("takes what is safe, and lists the rest as skipped", async () => {
    const seen: { accepted?: number[]; folder?: string } = {};
    const { exitCode, events } = await runCli({
      args: [...receive, "--yes", "--json", "--out", "in"],
      parts: { receiveTransfer: offering({ dangerous: [1] }, seen) },
    });
    assert.equal(exitCode, 0);
    assert.deepEqual(seen, { accepted: [0], folder: "/home/somebody/in" });
    assert.deepEqual(
      events().find(({ event }) => event === "file"),
      {
        event: "file",
        path: "b",
        bytes: 1,
        sha256: null,
        outcome: "skipped",
        reason: "dangerous",
      },
    );
  });

  it("leaves out what --exclude names, and what lies in it", async () => {
    const seen: { accepted?: number[] } = {};
    const receiveTransfer: Parts["receiveTransfer"] = async (_, __, ui, signal) => {
      const paths = ["tmp", "tmp/a", "b", "b/tmp"];
      const decision = await ui.decide(await offerOf(paths.map((path) => fileItem(path))), signal);
      if (decision.kind === "accepted") seen.accepted = [...decision.items];
      return completed;
    };
    const args = [...receive, "--yes", "--exclude", "tmp", "--exclude", "b/tmp"];
    await runCli({ args, parts: { receiveTransfer } });
    assert.deepEqual(seen.accepted, [2]);
  });

  it("ends with the name's error when a name cannot be taken", async () => {
    for (const refused of [
      [[1, "control"]],
      [
        [0, "dot"],
        [1, "control"],
      ],
    ] as [number, string][][]) {
      const { exitCode, events } = await runCli({
        args: [...receive, "--yes", "--json"],
        parts: { receiveTransfer: offering({ refused }) },
      });
      assert.equal(exitCode, EXIT_CODES.E_NAME_REFUSED);
      assert.equal(events().at(-1)?.["code"], "E_NAME_REFUSED");
    }
  });

  it("ends with the target's error when an existing file was skipped", async () => {
    const { exitCode } = await runCli({
      args: [...receive, "--yes", "--on-conflict", "skip"],
      parts: {
        receiveTransfer: async (_, __, ui) => {
          const item = fileItem("a");
          const none = { sha256: undefined, error: undefined, finalPath: undefined };
          ui.event({ kind: "item", index: 0, item, outcome: "skipped", ...none });
          return { ...completed, outcome: "partial" };
        },
      },
    });
    assert.equal(exitCode, EXIT_CODES.E_TARGET_EXISTS);
  });

  it("reads answers of a script, line by line", async () => {
    const { exitCode, events } = await runCli({
      args: [...receive, "--json"],
      input: [JSON.stringify({ answer: "offer", accept: true, items: [1], folder: "/elsewhere" })],
      parts: { receiveTransfer: offering({}) },
    });
    assert.equal(exitCode, 0);
    assert.deepEqual(names(events()), ["offer", "done"]);
  });

  it("is cancelled when its answers end", async () => {
    const { exitCode } = await runCli({
      args: [...receive, "--json"],
      parts: { receiveTransfer: offering({}) },
    });
    assert.equal(exitCode, EXIT_CODES.E_CANCELLED);
  });

  it("never writes the secret part of a code", async () => {
    const { out, err } = await runCli({
      args: [...receive, "--yes"],
      parts: { receiveTransfer: failing(new SecureShareError("E_CODE_WRONG", {})) },
    });
    assert.doesNotMatch(out + err, /x9d|t2v/);
  });
});

describe("language of the command line", () => {
  it("is the option's, else the environment's, also for wrong usage", async () => {
    const text = async (args: string[], variables: Record<string, string>) =>
      (await runCli({ args, variables })).err;
    assert.match(await text(["frob"], { LANG: "uk_UA.UTF-8" }), /Не вдалося/);
    assert.match(
      await text(["frob"], { LANG: "uk_UA.UTF-8", LC_ALL: "de_DE" }),
      /nicht verstanden/,
    );
    assert.match(await text(["frob", "--language", "de"], { LANG: "uk_UA" }), /nicht verstanden/);
    assert.match(await text(["frob", "--language=uk"], {}), /Не вдалося/);
    assert.match(await text(["frob", "--language"], {}), /could not be understood/);
  });
});
