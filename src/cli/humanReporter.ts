import { describeStep, explainFailure, explainReason, type Language } from "../../l10n";
import { format } from "../../l10n/message";
import { visible } from "../core/files/names";
import { type Formats, groupedDigits } from "../core/format";
import type { Output } from "./output";
import { pauseText, shortId, transferLine } from "./phrases";
import { printOffer } from "./printOffer";
import type { Report, Reporter } from "./report";
import { progressBar, type StatusLine } from "./statusLine";
import { type Style, styleFor } from "./style";
import type { Texts } from "./texts";

/** What a person is told: results on stdout; steps, progress and errors on stderr. */
export interface HumanOutput {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly status: StatusLine;
  readonly language: Language;
  readonly texts: Texts;
  readonly formats: Formats;
  /** Only the code, questions, received text and errors. */
  readonly quiet: boolean;
}

type Of<E extends Report["event"]> = Extract<Report, { event: E }>;

const LEFT_OUT_SHOWN = 20;

export class HumanReporter implements Reporter {
  readonly #style: Style;
  readonly #errorStyle: Style;

  constructor(private readonly to: HumanOutput) {
    this.#style = styleFor(to.stdout);
    this.#errorStyle = styleFor(to.stderr);
  }

  async report(report: Report): Promise<void> {
    switch (report.event) {
      case "contents":
        return this.#contents(report);
      case "code":
        return this.#code(report);
      case "peer":
        return this.#peer(report);
      case "step":
        return this.#note(describeStep(this.to.language, report.step));
      case "verify":
        return this.#verify(report);
      case "offer":
        return printOffer(report.offer, this.to, (line) => this.#tell(line));
      case "progress":
        return this.#progress(report);
      case "file":
        return this.#file(report);
      case "text":
        return this.#text(report);
      case "interrupted":
        return this.#interrupted(report);
      case "resumed":
        return this.#resumed(report);
      case "changed":
        return this.#changed(report);
      case "paused":
        return this.#note(pauseText(report, this.to.texts));
      case "relay":
        return this.#moved(report);
      case "transfer":
        return this.#print(transferLine(report, this.to));
      case "forgotten":
        return this.#note(
          format(this.to.language, this.to.texts.forgotten, { id: shortId(report.id) }),
        );
      case "done":
        return this.#done(report);
      case "error":
        return this.#error(report);
    }
  }

  /** To stdout. */
  #print(line: string): void {
    this.to.status.clear();
    this.to.stdout.write(`${line}\n`);
  }

  /** To stderr. */
  #tell(line: string): void {
    this.to.status.clear();
    this.to.stderr.write(`${line}\n`);
  }

  /** To stderr, unless quiet. */
  #note(line: string): void {
    if (!this.to.quiet) this.#tell(this.#errorStyle.dim(line));
  }

  #contents({ items, bytes, leftOut }: Of<"contents">): void {
    const { texts, language, formats } = this.to;
    const size = formats.bytes(bytes);
    this.#note(format(language, texts.sending, { count: items, bytes: size }));
    for (const { path, reason } of leftOut.named.slice(0, LEFT_OUT_SHOWN)) {
      const values = { path: visible(path), reason: explainReason(language, reason) };
      this.#note(format(language, texts.leftOut, values));
    }
    const more = leftOut.count - LEFT_OUT_SHOWN;
    if (more > 0) this.#note(format(language, texts.leftOutMore, { count: more }));
  }

  #code({ code, spoken, link, relay, expiresAt }: Of<"code">): void {
    const { texts, language } = this.to;
    const time = new Intl.DateTimeFormat(language, { timeStyle: "short" }).format(expiresAt);
    const rows: [string, string][] = [
      [texts.code, this.#style.bold(spoken ?? code)],
      [texts.link, link],
      [texts.relay, relay],
      [texts.validUntil, time],
    ];
    const width = Math.max(...rows.map(([label]) => label.length));
    for (const [label, value] of rows) this.#print(`${label.padEnd(width)}  ${value}`);
    this.#note(texts.howToReceive);
  }

  #peer({ state }: Of<"peer">): void {
    this.#note(state === "joined" ? this.to.texts.peerJoined : this.to.texts.peerLeft);
  }

  #verify({ digits, peer }: Of<"verify">): void {
    const { texts } = this.to;
    if (peer.automated) this.#note(texts.peerAutomated);
    if (peer.policy === "code-only") this.#note(texts.peerCodeOnly);
    if (digits === undefined) return;
    this.#tell(`${texts.verificationCode}  ${this.#errorStyle.bold(groupedDigits(digits))}`);
  }

  /** Exactly as it was sent; on a terminal with what could drive the terminal made visible. */
  #text({ text }: Of<"text">): void {
    this.to.status.clear();
    if (!this.to.stdout.terminal) return this.to.stdout.write(text);
    this.#print(text.replace(/[^\n\t]+/g, visible));
  }

  #progress({ bytes, totalBytes, bytesPerSecond, name }: Of<"progress">): void {
    const { formats, quiet, status } = this.to;
    if (quiet) return;
    const fraction = totalBytes === 0 ? 1 : bytes / totalBytes;
    const left = ((totalBytes - bytes) / bytesPerSecond) * 1000;
    const parts = [
      progressBar(fraction),
      formats.percent(fraction).padStart(5),
      `${formats.bytes(bytes)} / ${formats.bytes(totalBytes)}`,
      bytesPerSecond > 0 ? formats.speed(bytesPerSecond) : "",
      Number.isFinite(left) && left > 0 ? formats.duration(left) : "",
      visible(name),
    ];
    status.show(parts.filter((part) => part !== "").join("  "));
  }

  #file({ path, sha256, outcome, finalPath, reason }: Of<"file">): void {
    const { texts, language, quiet } = this.to;
    // A text has no name, and is shown itself.
    if (quiet || path === "") return;
    const name = visible(finalPath ?? path);
    if (sha256 !== undefined) return this.#print(`${sha256}  ${name}`);
    if (outcome !== "failed" && outcome !== "skipped") return;
    const why = reason === undefined ? "" : ` (${explainReason(language, reason)})`;
    this.#tell(`${outcome === "failed" ? texts.failed : texts.skipped}  ${name}${why}`);
  }

  /** An id comes at the end of a run; before that, a transfer goes on by itself. */
  #interrupted({ id, resumable }: Of<"interrupted">): void {
    const { language, texts } = this.to;
    if (id === undefined) return this.#note(resumable ? texts.dropped : texts.interrupted);
    this.#tell(format(language, texts.interruptedFor, { id: shortId(id) }));
  }

  #moved({ relay }: Of<"relay">): void {
    const address = relay.replace(/^ws:\/\//, "");
    this.#tell(format(this.to.language, this.to.texts.relayMoved, { address }));
  }

  #resumed({ bytes }: Of<"resumed">): void {
    const { language, texts, formats } = this.to;
    this.#note(format(language, texts.resumed, { bytes: formats.bytes(bytes) }));
  }

  #changed({ path, bytes, formerBytes }: Of<"changed">): void {
    const { language, texts, formats } = this.to;
    const sizes = { before: formats.bytes(formerBytes), now: formats.bytes(bytes) };
    this.#tell(format(language, texts.changed, { path: visible(path), ...sizes }));
  }

  #done({ outcome, bytes, files, seconds }: Of<"done">): void {
    const { texts, language, formats, quiet } = this.to;
    if (quiet) return;
    const message = outcome === "completed" ? texts.done : texts.donePartly;
    const values = {
      count: files,
      bytes: formats.bytes(bytes),
      time: formats.duration(seconds * 1000),
    };
    this.#tell(this.#errorStyle.good(format(language, message, values)));
  }

  #error({ failure }: Of<"error">): void {
    const { message, remedy } = explainFailure(this.to.language, failure);
    this.#tell(`${this.#errorStyle.bad(failure.code)}  ${message}`);
    this.#tell(remedy);
  }
}
