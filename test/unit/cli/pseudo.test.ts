import assert from "node:assert/strict";
import { cli } from "../../../l10n/en/cli";
import { format } from "../../../l10n/message";
import { HumanReporter } from "../../../src/cli/humanReporter";
import { inspectOffer } from "../../../src/cli/offer";
import { readCommandLine } from "../../../src/cli/program";
import type { Report } from "../../../src/cli/report";
import { StatusLine } from "../../../src/cli/statusLine";
import { textsFor } from "../../../src/cli/texts";
import { formatsFor } from "../../../src/core/format";
import { fileItem, offerOf, recordOutput } from "../../support/fakeCli";
import { outsideBrackets, pseudoArea } from "../../support/pseudo";

const texts = pseudoArea(textsFor("en"));

describe("command line in a made-up language", () => {
  it("keeps the placeholders", () => {
    const filled = format("en", texts.sending, { count: 3, bytes: "9 kB" });
    assert.match(filled, /^⟦Séndíng 3 ítéms, 9 kB~+⟧$/);
    assert.deepEqual(Object.keys(texts), Object.keys(cli));
  });

  it("says nothing that is not in the catalogue", async () => {
    const output = recordOutput();
    const reporter = new HumanReporter({
      stdout: output,
      stderr: output,
      status: new StatusLine(output),
      language: "en",
      texts,
      formats: formatsFor("en"),
      quiet: false,
    });
    const offer = await offerOf([fileItem("1"), { ...fileItem("2"), kind: "folder" }]);
    const peer = { policy: "code-only", automated: true } as const;
    const file = { path: "1", bytes: 1, sha256: undefined, finalPath: undefined };
    const reports: Report[] = [
      {
        event: "contents",
        items: 2,
        bytes: 0,
        leftOut: { named: [{ path: "1", reason: "2" }], count: 30 },
      },
      {
        event: "code",
        code: "1",
        link: "2",
        relay: "3",
        expiresAt: Date.UTC(2026, 0, 1, 12),
        spoken: undefined,
      },
      { event: "peer", state: "joined" },
      { event: "peer", state: "left" },
      { event: "verify", mode: "compare", digits: "482109", peer },
      { event: "offer", offer: await inspectOffer(offer, "/1") },
      { event: "file", ...file, outcome: "failed", reason: "1" },
      { event: "file", ...file, outcome: "skipped", reason: undefined },
      { event: "interrupted", reason: "1", resumable: true },
      { event: "resumed", bytes: 0 },
      { event: "done", outcome: "completed", bytes: 0, files: 2, seconds: 0 },
      { event: "done", outcome: "partial", bytes: 0, files: 1, seconds: 0 },
    ];
    for (const report of reports) await reporter.report(report);
    // Sizes in an offer's list and the time of day come from Intl.
    const rest = outsideBrackets(output.text()).replace(/1\sbyte|\b[AP]M\b/g, "");
    assert.doesNotMatch(rest, /\p{L}/u);
  });

  it("has its help in the catalogue, but for commands, options and their values", () => {
    for (const args of [
      ["--help"],
      ["send", "--help"],
      ["receive", "--help"],
      ["resume", "--help"],
    ]) {
      let help = "";
      const write = (text: string) => {
        help += text;
      };
      readCommandLine(args, { texts, language: "en", version: "1", write });
      const rest = outsideBrackets(help.replace(/\s+/g, " "))
        .replace(/--?[a-z][a-z-]*|<[a-z]+>|\[[a-z.]+\]/gi, "")
        .replace(/\((?:[a-z-]+(?:, )?)+; \)/g, "");
      const names = /^(?:secureshare|send|receive|resume|relay|help|path|code|id|\W)*$/;
      assert.match(rest, names);
    }
  });
});
