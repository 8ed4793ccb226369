import assert from "node:assert/strict";
import { HumanReporter } from "../../../src/cli/humanReporter";
import { jsonReporter } from "../../../src/cli/jsonReporter";
import { inspectOffer } from "../../../src/cli/offer";
import type { Report } from "../../../src/cli/report";
import { StatusLine } from "../../../src/cli/statusLine";
import { textsFor } from "../../../src/cli/texts";
import { formatsFor } from "../../../src/core/format";
import { fileItem, offerOf, recordOutput } from "../../support/fakeCli";

const ESC = "\u001b";
/** What drives a terminal or turns text round; the line break alone is ours. */
const CONTROL = /(?!\n)[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;
const HOSTILE = "a\u001b[2Jb\u009b1mc\u202ed\u2066e\n[x](command:quit)";

async function everyReport(): Promise<Report[]> {
  const offer = await offerOf([fileItem(HOSTILE, 7), fileItem(".git/config")], {
    dangerous: [1],
    conflicts: [0],
    refused: [[0, "control"]],
  });
  const file = { bytes: 7, finalPath: undefined, reason: undefined };
  return [
    {
      event: "contents",
      items: 2,
      bytes: 9,
      leftOut: { named: [{ path: HOSTILE, reason: "excluded" }], count: 1 },
    },
    {
      event: "code",
      code: "k7qm-3x9d-t2v7",
      link: "http://192.0.2.1:4711/#k7qm-3x9d-t2v7",
      relay: "ws://192.0.2.1:4711",
      expiresAt: 1_700_000_000_000,
      spoken: "k7qm-3x9d-t2v7@192.0.2.1:4711",
    },
    { event: "step", step: { step: "relay-connected", relay: "ws://192.0.2.1:4711" } },
    { event: "peer", state: "joined" },
    {
      event: "verify",
      mode: "compare",
      digits: "482109",
      peer: { policy: "code-only", automated: true },
    },
    { event: "offer", offer: await inspectOffer(offer, "/home/x\u001b]0;title\u0007") },
    { event: "progress", bytes: 3, totalBytes: 9, bytesPerSecond: 3.4, name: HOSTILE },
    { event: "file", path: HOSTILE, sha256: "00".repeat(32), outcome: "written", ...file },
    { event: "file", path: "b", sha256: undefined, outcome: "failed", ...file, reason: "E_DISK" },
    { event: "text", text: HOSTILE },
    { event: "interrupted", reason: "SIGINT", resumable: false },
    { event: "resumed", bytes: 2048 },
    { event: "done", outcome: "completed", bytes: 9, files: 2, seconds: 1.5 },
    { event: "error", failure: { code: "E_DISK_FULL", details: { path: HOSTILE } } },
  ];
}

function human(terminal: boolean, quiet = false) {
  const stdout = recordOutput(terminal);
  const stderr = recordOutput(terminal);
  const reporter = new HumanReporter({
    stdout,
    stderr,
    status: new StatusLine(stderr),
    language: "en",
    texts: textsFor("en"),
    formats: formatsFor("en"),
    quiet,
  });
  return { reporter, stdout, stderr };
}

describe("output for people", () => {
  it("holds no escape code in a pipe, whatever names and texts hold", async () => {
    const { reporter, stdout, stderr } = human(false);
    for (const report of await everyReport())
      if (report.event !== "text") await reporter.report(report);
    assert.doesNotMatch(stdout.text(), CONTROL);
    assert.doesNotMatch(stderr.text(), CONTROL);
    assert.match(stderr.text(), /a␛\[2Jb\\u\{9b\}1mc\\u\{202e\}d\\u\{2066\}e␊\[x\]/);
  });

  it("writes only its own escape codes to a terminal", async () => {
    const { reporter, stdout, stderr } = human(true);
    for (const report of await everyReport()) await reporter.report(report);
    const own = new RegExp(`${ESC}\\[\\d+m|\\r?${ESC}\\[2K`, "g");
    const rest = (stdout.text() + stderr.text()).replace(own, "");
    assert.doesNotMatch(rest, CONTROL);
  });

  it("gives a received text to a pipe exactly as it was sent", async () => {
    const { reporter, stdout, stderr } = human(false);
    await reporter.report({ event: "text", text: `${HOSTILE}\r\n` });
    assert.equal(stdout.text(), `${HOSTILE}\r\n`);
    assert.equal(stderr.text(), "");
  });

  it("says only what matters when quiet", async () => {
    const { reporter, stdout, stderr } = human(false, true);
    for (const report of await everyReport()) await reporter.report(report);
    assert.match(stdout.text(), /k7qm-3x9d-t2v7@192\.0\.2\.1:4711/);
    assert.match(stderr.text(), /482 109/);
    assert.match(stderr.text(), /E_DISK_FULL/);
    assert.doesNotMatch(stdout.text() + stderr.text(), /Sending|Done|Connected|0000/);
  });

  it("redraws progress in place, cut to the width, and clears it before other lines", async () => {
    const { reporter, stderr } = human(true);
    const name = "x".repeat(300);
    await reporter.report({ event: "progress", bytes: 1, totalBytes: 2, bytesPerSecond: 1, name });
    const shown = stderr.text();
    assert.ok(shown.startsWith("\r\u001b[2K[############------------]"));
    assert.equal(Array.from(shown.slice(5)).length, 79);
    await reporter.report({ event: "peer", state: "left" });
    assert.ok(stderr.text().slice(shown.length).startsWith("\r\u001b[2K"));
  });

  it("draws no progress in a pipe", async () => {
    const { reporter, stderr } = human(false);
    await reporter.report({
      event: "progress",
      bytes: 1,
      totalBytes: 2,
      bytesPerSecond: 1,
      name: "",
    });
    assert.equal(stderr.text(), "");
  });
});

describe("output as JSON", () => {
  const explain = () => ({ message: "m.", remedy: "r." });

  async function lines(reports: readonly Report[]): Promise<{ raw: string; values: unknown[] }> {
    let raw = "";
    const reporter = jsonReporter((text) => {
      raw += text;
    }, explain);
    await Promise.all(reports.map((report) => reporter.report(report)));
    const parsed = raw
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    return { raw, values: parsed };
  }

  it("is one object a line, in the order of the calls", async () => {
    const { values } = await lines(await everyReport());
    assert.deepEqual(values, [
      {
        event: "file",
        path: HOSTILE,
        bytes: 0,
        sha256: null,
        outcome: "left-out",
        reason: "excluded",
      },
      {
        event: "code",
        code: "k7qm-3x9d-t2v7",
        link: "http://192.0.2.1:4711/#k7qm-3x9d-t2v7",
        relay: "ws://192.0.2.1:4711",
        expiresAt: "2023-11-14T22:13:20.000Z",
      },
      { event: "peer", state: "joined" },
      {
        event: "verify",
        code: "482109",
        mode: "compare",
        peer: { policy: "code-only", automated: true },
      },
      {
        event: "offer",
        items: [
          { path: HOSTILE, bytes: 7, kind: "file", exists: true, refused: "control" },
          { path: ".git/config", bytes: 1, kind: "file", dangerous: true },
        ],
        totalBytes: 8,
        folder: "/home/x\u001b]0;title\u0007",
        freeBytes: 1024 ** 3,
      },
      { event: "progress", bytes: 3, totalBytes: 9, bytesPerSecond: 3, path: "relay" },
      { event: "file", path: HOSTILE, bytes: 7, sha256: "00".repeat(32), outcome: "written" },
      { event: "file", path: "b", bytes: 7, sha256: null, outcome: "failed", reason: "E_DISK" },
      { event: "text", text: HOSTILE },
      { event: "interrupted", reason: "SIGINT", resumable: false },
      { event: "resumed", bytes: 2048 },
      { event: "done", outcome: "completed", bytes: 9, files: 2, seconds: 1.5 },
      { event: "error", code: "E_DISK_FULL", message: "m.", remedy: "r.", exitCode: 9 },
    ]);
  });

  it("holds no raw control or direction-changing character", async () => {
    const { raw } = await lines(await everyReport());
    assert.doesNotMatch(raw, CONTROL);
  });

  it("goes on after an offer that could not be read", async () => {
    let raw = "";
    const reporter = jsonReporter((text) => {
      raw += text;
    }, explain);
    const offer = await offerOf([fileItem("a")]);
    const broken = { ...(await inspectOffer(offer, "/x")), offer: { ...offer } };
    Object.defineProperty(broken.offer, "manifest", {
      value: {
        totalBytes: 0,
        items: async function* () {
          yield* [];
          throw new Error("spool");
        },
      },
    });
    await assert.rejects(reporter.report({ event: "offer", offer: broken }), /spool/);
    await reporter.report({ event: "peer", state: "left" });
    assert.match(raw, /\{"event":"peer","state":"left"\}\n$/);
  });
});
