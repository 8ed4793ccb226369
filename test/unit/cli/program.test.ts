import assert from "node:assert/strict";
import { readCommandLine } from "../../../src/cli/program";
import type {
  ReceiveRequest,
  Request,
  ResumeRequest,
  SendRequest,
} from "../../../src/cli/requests";
import { textsFor } from "../../../src/cli/texts";

function read(...args: string[]): { request: Request | undefined; written: string } {
  let written = "";
  const request = readCommandLine(args, {
    texts: textsFor("en"),
    language: "en",
    version: "1.2.3",
    write: (text) => {
      written += text;
    },
  });
  return { request, written };
}

const usageError = (pattern: RegExp) => (error: unknown) => {
  const { code, details } = error as { code: string; details: { reason: string } };
  assert.equal(code, "E_USAGE");
  assert.match(details.reason, pattern);
  return true;
};

describe("command line", () => {
  it("reads send with its defaults", () => {
    assert.deepEqual(read("send", "a", "b c").request, {
      command: "send",
      paths: ["a", "b c"],
      text: undefined,
      relays: [],
      keepForMs: 72 * 3_600_000,
      verify: "compare",
      yes: false,
      exclude: [],
      respectGitignore: false,
      language: "auto",
      json: false,
      quiet: false,
      padding: true,
      codeLifetimeMs: 600_000,
      relayHost: undefined,
      relayPort: 0,
    } satisfies SendRequest);
  });

  it("reads receive with its defaults", () => {
    assert.deepEqual(read("receive").request, {
      command: "receive",
      invitation: undefined,
      folder: ".",
      conflict: "ask",
      acceptDangerous: false,
      relays: [],
      keepForMs: 72 * 3_600_000,
      verify: "compare",
      yes: false,
      exclude: [],
      language: "auto",
      json: false,
      quiet: false,
    } satisfies ReceiveRequest);
  });

  it("reads resume with its defaults, and what else it does", () => {
    const resume: ResumeRequest = {
      command: "resume",
      action: "resume",
      id: undefined,
      folder: ".",
      conflict: "ask",
      acceptDangerous: false,
      relays: [],
      keepForMs: 72 * 3_600_000,
      yes: false,
      exclude: [],
      language: "auto",
      json: false,
      quiet: false,
    };
    assert.deepEqual(read("resume").request, resume);
    assert.deepEqual(read("resume", "1a2b").request, { ...resume, id: "1a2b" });
    assert.deepEqual(read("resume", "--list").request, { ...resume, action: "list" });
    const forget = { ...resume, action: "forget", id: "1a2b" };
    assert.deepEqual(read("resume", "--forget", "1a2b").request, forget);
    const moved = { ...resume, relays: ["ws://192.0.2.1:7"] };
    assert.deepEqual(read("resume", "--relay", "192.0.2.1:7").request, moved);
  });

  it("reads how long to keep a transfer", () => {
    for (const [hours, ms] of [
      ["0", 0],
      ["0.5", 1_800_000],
      ["8784", 8784 * 3_600_000],
    ] as const) {
      const { request } = read("send", "a", "--keep-for", hours);
      assert.ok(request?.command === "send" && request.keepForMs === ms);
    }
  });

  it("takes every common option on both commands", () => {
    const common = [
      ..."--relay host:1 --relay wss://b.example/x/ --verify code-only --yes".split(" "),
      ..."--on-conflict skip --exclude *.o --exclude tmp --respect-gitignore".split(" "),
      ..."--language uk --json --quiet --no-direct".split(" "),
    ];
    for (const args of [
      ["send", "a", ...common],
      ["receive", "code", ...common],
    ]) {
      const { request } = read(...args);
      assert.ok(request?.command === "send" || request?.command === "receive");
      assert.deepEqual(request.relays, ["ws://host:1", "wss://b.example/x"]);
      assert.deepEqual(request.exclude, ["*.o", "tmp"]);
      assert.equal(request.verify, "code-only");
      assert.ok(request.yes && request.json && request.quiet);
      assert.equal(request.language, "uk");
    }
  });

  it("leaves the relay's own command line untouched", () => {
    assert.deepEqual(read("relay", "--help", "--port", "0").request, {
      command: "relay",
      args: ["--help", "--port", "0"],
    });
  });

  it("writes help and version, and asks for nothing then", () => {
    for (const args of [["--help"], ["help"], ["send", "--help"], ["help", "receive"]]) {
      const { request, written } = read(...args);
      assert.equal(request, undefined);
      assert.match(written, /Usage: secureshare/);
    }
    assert.equal(read("--version").written, "1.2.3\n");
  });

  const wrong: [string[], RegExp][] = [
    [[], /command is missing/],
    [["frob"], /no command “frob”/],
    [["send"], /name a file/],
    [["send", "-"], /--text -/],
    [["send", "a", "--text", "b"], /do not go together/],
    [["send", "a", "--frob"], /no option “--frob”/],
    [["send", "a", "--relay"], /needs a value/],
    [["send", "a", "--relay", "ftp://x"], /not a relay's address/],
    [["send", "a", "--relay", "ws://user:pw@x"], /not a relay's address/],
    [["send", "a", "--verify", "never"], /compare, type, code-only/],
    [["send", "a", "--on-conflict", "eat"], /rename, overwrite, skip, ask/],
    [["send", "a", "--language", "fr"], /auto, en, uk, de/],
    [["send", "a", "--expire-after", "0"], /more than 0/],
    [["send", "a", "--expire-after", "1441"], /at most 1440/],
    [["send", "a", "--expire-after", "1e3"], /minutes/],
    [["send", "a", "--relay-port", "65536"], /0 to 65535/],
    [["receive", "a", "b"], /too many/],
    [["receive", "a", "--keep-for", "-1"], /hours/],
    [["receive", "a", "--keep-for", "8785"], /hours/],
    [["resume", "a", "--list"], /too many/],
    [["resume", "--list", "--forget", "a"], /too many/],
  ];
  for (const [args, pattern] of wrong)
    it(`refuses: ${args.join(" ") || "nothing"}`, () =>
      assert.throws(() => read(...args), usageError(pattern)));

  it("takes a fraction of a minute, and a text of one dash", () => {
    const { request } = read("send", "--text", "-", "--expire-after", "0.05");
    assert.ok(request?.command === "send");
    assert.equal(request.codeLifetimeMs, 3000);
    assert.equal(request.text, "-");
  });
});
