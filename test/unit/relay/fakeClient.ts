/** The engine's view of a connection, without a socket. */
import type { Client, ClientEvents } from "../../../relay/client";
import { Counters } from "../../../relay/counters";
import type { LogEvent } from "../../../relay/log";
import { type RelayLimitOptions, resolveLimits } from "../../../relay/options";
import { Relay } from "../../../relay/relay";
import type { CloseCode } from "../../../src/core/wire/closeCodes";
import type { Role } from "../../../src/core/wire/rooms";

export const CODE_ROOM = "k7qm3";
export const RESUME_ROOM = "0123456789abcdef0123456789abcdef";

/** `said` are words, `frame` bytes, in the order in which the client would read them. */
export type Received = string | Buffer;

export class FakeClient implements Client {
  readonly received: Received[] = [];
  readonly unanswered: number[] = [];
  closedWith: CloseCode | undefined;
  held = false;
  /** Frames handed over whose `sent` was not called yet. */
  readonly unsent: (() => void)[] = [];
  events: ClientEvents | undefined;

  constructor(private readonly behaviour: { slow?: boolean; deaf?: boolean } = {}) {}

  say(message: Parameters<Client["say"]>[0]): void {
    this.received.push(message.type === "peer" ? message.state : message.type);
  }

  forward(frame: Buffer, sent: () => void): void {
    this.received.push(frame);
    if (this.behaviour.slow === true) this.unsent.push(sent);
    else sent();
  }

  ping(mark: number): void {
    this.unanswered.push(mark);
    if (this.behaviour.deaf !== true) queueMicrotask(() => this.answerPings());
  }

  pause(): void {
    this.held = true;
  }

  resume(): void {
    this.held = false;
  }

  close(code: CloseCode): void {
    this.closedWith = code;
  }

  answerPings(): void {
    for (const mark of this.unanswered.splice(0)) this.events?.pong(mark);
  }

  flush(): void {
    for (const sent of this.unsent.splice(0)) sent();
  }

  /** What was received since the last call. */
  take(): Received[] {
    return this.received.splice(0);
  }
}

/** A clock that stands still until it is moved, and what waits for it. */
function fakeClock() {
  let now = 1_000;
  const timers = new Set<{ readonly at: number; readonly ring: () => void }>();
  const after = (ms: number, then: () => void) => {
    const timer = { at: now + ms, ring: then };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const wait = (ms: number) => {
    now += ms;
    for (const timer of [...timers].filter(({ at }) => at <= now))
      if (timers.delete(timer)) timer.ring();
  };
  return { now: () => now, after, wait, timers };
}

/** A relay with a clock that stands still until it is moved. */
export function fakeRelay(given: Partial<RelayLimitOptions> = {}, logAddresses = false) {
  const { now, after, wait, timers } = fakeClock();
  const logged: LogEvent[] = [];
  const counters = new Counters();
  const relay = new Relay(resolveLimits(given), {
    now,
    after,
    log: (event) => logged.push(event),
    logAddresses,
    counters,
    mayCreate: () => true,
  });
  const join = (
    client: FakeClient,
    role: Role,
    options: { room?: string; claim?: string | undefined; address?: string } = {},
  ) => {
    const { room = CODE_ROOM, claim, address = "192.0.2.1" } = options;
    client.events = relay.join(client, { room, role, claim, address });
    return client;
  };
  return { relay, join, wait, timers, logged, counters };
}
