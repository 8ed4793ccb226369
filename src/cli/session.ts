import type { Failure } from "../core/errors";
import type { OfferItem } from "../core/files/manifest";
import type { SessionEvent } from "../core/session/events";
import { bytesPerSecond, NO_THROUGHPUT, sampled } from "../core/throughput";
import { formatCode } from "../core/wire/code";
import { spokenInvitation, webLink } from "../core/wire/invitation";
import type { Interruption } from "./interruption";
import type { Reporter } from "./report";

export interface SessionContext {
  readonly reporter: Reporter;
  readonly interruption: Interruption;
  /** Monotonic milliseconds, for the speed. */
  clock(): number;
  /** Milliseconds since 1970, for the user's eyes. */
  now(): number;
}

/** At most this often; the last report is always made. Milliseconds. */
const PROGRESS_INTERVAL = 200;

/** Turns a session's events into reports, and remembers what was left. */
export class SessionWatch {
  #throughput = NO_THROUGHPUT;
  #progressAt = Number.NEGATIVE_INFINITY;
  #shortfall: Failure | undefined;
  #embedded = false;
  #resumable: string | undefined;

  constructor(private readonly context: SessionContext) {}

  /** Why a transfer that went well is not whole: the first accepted item that was left. */
  get shortfall(): Failure | undefined {
    return this.#shortfall;
  }

  /** What a later run can go on with, after this one. */
  get resumable(): string | undefined {
    return this.#resumable;
  }

  resumableAs(id: string): void {
    this.#resumable = id;
  }

  /** The relay is our own, and the other side must be told its address. */
  embedded(): void {
    this.#embedded = true;
  }

  readonly event = (event: SessionEvent): void => {
    const { reporter } = this.context;
    switch (event.kind) {
      case "step": {
        const { kind: _, ...step } = event;
        if (step.step === "streaming") this.context.interruption.moving();
        void reporter.report({ event: "step", step });
        break;
      }
      case "code":
        this.#code(event);
        break;
      case "peer":
        void reporter.report({ event: "peer", state: event.state });
        break;
      case "progress":
        this.#progress(event);
        break;
      case "item":
        this.#item(event);
        break;
      case "text":
        void reporter.report({ event: "text", text: event.text });
        break;
      case "interrupted": {
        const { reason, resumable } = event;
        void reporter.report({ event: "interrupted", reason, resumable });
        break;
      }
      case "paused":
        void reporter.report({ event: "paused", us: event.us, peer: event.peer });
        break;
      case "resumed":
        void reporter.report({ event: "resumed", bytes: event.bytes });
        break;
    }
  };

  #code({ code, relay, lifetimeMs }: Extract<SessionEvent, { kind: "code" }>): void {
    void this.context.reporter.report({
      event: "code",
      code: formatCode(code),
      link: webLink(code, relay),
      relay,
      expiresAt: this.context.now() + lifetimeMs,
      spoken: this.#embedded ? spokenInvitation(code, relay) : undefined,
    });
  }

  #progress({ bytes, totalBytes, path }: Extract<SessionEvent, { kind: "progress" }>): void {
    const at = this.context.clock();
    this.#throughput = sampled(this.#throughput, at, bytes);
    if (at - this.#progressAt < PROGRESS_INTERVAL && bytes < totalBytes) return;
    this.#progressAt = at;
    const speed = bytesPerSecond(this.#throughput);
    void this.context.reporter.report({
      event: "progress",
      bytes,
      totalBytes,
      bytesPerSecond: speed,
      name: path,
    });
  }

  #item(event: Extract<SessionEvent, { kind: "item" }>): void {
    const { item, sha256, outcome, error, finalPath } = event;
    const { path, size: bytes } = item;
    const file = { path, bytes, sha256, outcome, finalPath };
    void this.context.reporter.report({ event: "file", ...file, reason: error });
    if (outcome === "skipped") this.fallShort({ code: "E_TARGET_EXISTS", details: { path } });
  }

  /** An offered item that is not taken. `reason`: a key of the catalogue `reasons`. */
  left({ path, size: bytes }: OfferItem, reason: string): void {
    const file = { path, bytes, sha256: undefined, finalPath: undefined };
    void this.context.reporter.report({ event: "file", ...file, outcome: "skipped", reason });
  }

  /** The transfer may end well, and yet not everything that was offered is here. */
  fallShort(failure: Failure): void {
    this.#shortfall ??= failure;
  }
}
