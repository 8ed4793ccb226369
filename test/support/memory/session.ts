import { randomBytes } from "node:crypto";
import { ItemSet } from "../../../src/core/files/itemSet";
import type { Clock, Random, Source } from "../../../src/core/ports";
import type { TransferControls } from "../../../src/core/session/controls";
import type {
  ChangedQuestion,
  Offer,
  OfferDecision,
  ReceiverUi,
  SenderUi,
  SessionEvent,
  Summary,
  VerifyAnswer,
  VerifyPolicy,
  VerifyQuestion,
} from "../../../src/core/session/events";
import type { ReceiverPast } from "../../../src/core/session/openContent";
import {
  type ReceiveOptions,
  receiveTransfer,
  resumeReceiving,
  resumeSending,
  type SendOptions,
  sendTransfer,
} from "../../../src/core/session/transfer";
import type { SessionCode } from "../../../src/core/wire/code";
import { createAead } from "../../../src/node/aead";
import { nodeHash } from "../../../src/node/system";
import { FakeClock } from "./clock";
import { MemorySink, memorySpool } from "./files";
import type { MemoryJournal } from "./journal";
import { MemoryRelay } from "./relay";

export const RELAY = "ws://relay.test";
export const random: Random = { bytes: (n) => Uint8Array.from(randomBytes(n)) };

type Verify = (question: VerifyQuestion, tries: number) => Promise<VerifyAnswer> | VerifyAnswer;
type Decide = (offer: Offer) => Promise<OfferDecision> | OfferDecision;

export const confirm: Verify = () => ({ kind: "confirmed" });
export const acceptAll: Decide = (offer) => ({
  kind: "accepted",
  folder: "target",
  items: ItemSet.all(offer.manifest.length),
  conflict: "rename",
});

type Changed = (question: ChangedQuestion) => Promise<boolean> | boolean;
const refuse: Changed = () => false;

function never(): never {
  throw new Error("no journal");
}

export interface Side {
  readonly events: SessionEvent[];
  readonly outcome: Promise<Summary>;
  readonly cancel: (reason: unknown) => void;
}

/** What a side does when an event happens; for tests that act at a moment. */
export type Watch = (event: SessionEvent) => void;

/** Two sides and a relay, all in memory. */
export class Bench {
  readonly clock = new FakeClock();
  readonly sink = new MemorySink();
  attempts = 3;

  constructor(readonly relay = new MemoryRelay()) {}

  get ports() {
    const clock: Clock = this.clock;
    return { dialer: this.relay, clock, random, aead: createAead(), hash: nodeHash };
  }

  send(
    source: Source,
    options: {
      verify?: Verify;
      changed?: Changed;
      policy?: VerifyPolicy;
      padding?: boolean;
      watch?: Watch;
      lifetimeMs?: number;
      keepForMs?: number;
      controls?: TransferControls;
      journal?: MemoryJournal;
      /** Goes on with what the journal holds. */
      resume?: boolean;
    } = {},
  ): Side & { code: Promise<SessionCode> } {
    const controller = new AbortController();
    const events: SessionEvent[] = [];
    let shown: (code: SessionCode) => void = () => {};
    const code = new Promise<SessionCode>((resolve) => {
      shown = resolve;
    });
    const ports = { ...this.ports, source, ...(options.journal && { journal: options.journal }) };
    const outcome = (
      options.resume && options.journal
        ? (o: SendOptions, ui: SenderUi) =>
            resumeSending(ports, o, options.journal?.sender ?? never(), ui, controller.signal)
        : (o: SendOptions, ui: SenderUi) => sendTransfer(ports, o, ui, controller.signal)
    )(
      {
        relays: [RELAY],
        verify: options.policy ?? "compare",
        automated: false,
        codeLifetimeMs: options.lifetimeMs ?? 600_000,
        padding: options.padding ?? true,
        keepForMs: options.keepForMs ?? 0,
        ...(options.controls && { controls: options.controls }),
      },
      {
        event: (event) => {
          events.push(event);
          if (event.kind === "code") shown(event.code);
          options.watch?.(event);
        },
        verify: async (question, tries) => (options.verify ?? confirm)(question, tries),
        changed: async (question) => (options.changed ?? refuse)(question),
      },
    );
    outcome.catch(() => {});
    return { events, outcome, code, cancel: (reason) => controller.abort(reason) };
  }

  receive(
    code: SessionCode,
    options: {
      verify?: Verify;
      decide?: Decide;
      changed?: Changed;
      policy?: VerifyPolicy;
      watch?: Watch;
      sink?: MemorySink;
      keepForMs?: number;
      controls?: TransferControls;
      journal?: MemoryJournal;
      past?: ReceiverPast;
    } = {},
  ): Side {
    const controller = new AbortController();
    const events: SessionEvent[] = [];
    const { past, journal } = options;
    const ports = {
      ...this.ports,
      attempts: { spend: async () => this.attempts-- > 0 },
      sink: () => options.sink ?? this.sink,
      spool: memorySpool,
      ...(journal && { journal }),
    };
    const outcome = (
      past && journal
        ? (o: ReceiveOptions, ui: ReceiverUi) =>
            resumeReceiving(ports, o, journal.receiver, past, ui, controller.signal)
        : (o: ReceiveOptions, ui: ReceiverUi) => receiveTransfer(ports, o, ui, controller.signal)
    )(
      {
        code,
        relays: [RELAY],
        verify: options.policy ?? "compare",
        automated: false,
        keepForMs: options.keepForMs ?? 0,
        ...(options.controls && { controls: options.controls }),
      },
      {
        event: (event) => {
          events.push(event);
          options.watch?.(event);
        },
        verify: async (question) => (options.verify ?? confirm)(question, 1),
        decide: async (offer) => (options.decide ?? acceptAll)(offer),
        changed: async (question) => (options.changed ?? refuse)(question),
      },
    );
    outcome.catch(() => {});
    return { events, outcome, cancel: (reason) => controller.abort(reason) };
  }
}
