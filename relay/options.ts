/**
 * Every limit of the relay: name, default, bounds and one line of help, in one table. The
 * longest frame is not among them: it is the protocol's, not the operator's.
 */
import { SecureShareError } from "../src/core/errors";
import { PING_INTERVAL, PING_TIMEOUT, RELAY_BUFFER, UNPAIRED_MAX } from "../src/core/wire/limits";

interface Limit {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly help: string;
}

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** One read of a socket: a rate below it could not be kept within a second. */
const RATE_MIN = 64 * 1024;
const HOUR = 3_600_000;

/** Whole numbers only. Names end in their unit where it is no count. */
export const LIMITS = {
  waitingRooms: {
    default: 20_000,
    min: 1,
    max: 10_000_000,
    help: "rooms in which one side waits, in total",
  },
  waitingRoomsPerAddress: {
    default: 100,
    min: 1,
    max: 10_000_000,
    help: "rooms in which one side waits, for one address",
  },
  addressesPerNetwork: {
    default: 8,
    min: 1,
    max: 65_536,
    help: "addresses whose limits an IPv6 /48 has in total; a /64 counts as one address",
  },
  connections: {
    default: 50_000,
    min: 1,
    max: 10_000_000,
    help: "connections in total, before and after they joined",
  },
  connectingPerAddress: {
    default: 200,
    min: 1,
    max: 10_000_000,
    help: "connections from one address that have not joined yet",
  },
  connectsPerMinute: {
    default: 1_200,
    min: 1,
    max: 10_000_000,
    help: "connections a minute from one address, joined or not; more are reset",
  },
  sessions: {
    default: 10_000,
    min: 1,
    max: 1_000_000,
    help: "rooms in which both sides are present",
  },
  joinsPerMinute: {
    default: 240,
    min: 1,
    max: 10_000_000,
    help: "joins a minute from one address; also the largest burst",
  },
  unknownRoomCost: {
    default: 12,
    min: 1,
    max: 10_000,
    help: "joins that a join of an unknown or occupied code room counts for",
  },
  unpairedBytes: {
    default: UNPAIRED_MAX,
    min: 256,
    max: 64 * 1024,
    help: "bytes taken from a socket that never had a peer",
  },
  bufferBytes: {
    default: RELAY_BUFFER,
    min: 4 * MIB,
    max: 64 * MIB,
    help: "bytes buffered for one direction of a session",
  },
  sessionBytes: {
    default: 0,
    min: 0,
    max: 1024 * 1024 * GIB,
    help: "bytes that one session may forward, both ways together; 0 = any number",
  },
  bytesPerSecond: {
    default: 0,
    min: 0,
    max: 1024 * GIB,
    help: "bytes a second read from one address, 65536 or more; 0 = any number",
  },
  waitMs: {
    default: 600_000,
    min: 100,
    max: 24 * HOUR,
    help: "milliseconds that a socket may wait for its peer",
  },
  pingMs: {
    default: PING_INTERVAL,
    min: 50,
    max: HOUR,
    help: "milliseconds between pings",
  },
  idleMs: {
    default: PING_TIMEOUT,
    min: 100,
    max: 24 * HOUR,
    help: "milliseconds without a sign of life after which a socket is dead",
  },
  headerMs: {
    default: 10_000,
    min: 100,
    max: 60_000,
    help: "milliseconds for a request's headers",
  },
  drainMs: {
    default: 5_000,
    min: 0,
    max: HOUR,
    help: "milliseconds that running transfers get when the relay stops",
  },
  drainDelayMs: {
    default: 0,
    min: 0,
    max: HOUR,
    help: "milliseconds that newcomers are still taken when the relay stops; /readyz says 503",
  },
  certPollMs: {
    default: 10_000,
    min: 100,
    max: HOUR,
    help: "milliseconds between looks for a renewed certificate",
  },
  fragments: {
    default: 256,
    min: 1,
    max: 16_384,
    help: "fragments of one message",
  },
  chunks: {
    default: 4_096,
    min: 64,
    max: 262_144,
    help: "network reads that one message may take to arrive",
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;
export type RelayLimitOptions = Readonly<Record<LimitName, number>>;

export const LIMIT_NAMES = Object.keys(LIMITS) as readonly LimitName[];

function usage(reason: string): SecureShareError<"E_USAGE"> {
  return new SecureShareError("E_USAGE", { reason });
}

/**
 * All limits, the given ones checked.
 * @throws E_USAGE for a number that is not whole or out of its bounds, or when a socket
 *   would be taken for dead before it was pinged
 */
export function resolveLimits(given: Partial<RelayLimitOptions> = {}): RelayLimitOptions {
  const entries = LIMIT_NAMES.map((name) => [name, checked(name, given[name])] as const);
  const limits = Object.fromEntries(entries) as Record<LimitName, number>;
  if (limits.idleMs <= limits.pingMs) throw usage("idleMs must be more than pingMs");
  if (limits.bytesPerSecond > 0 && limits.bytesPerSecond < RATE_MIN)
    throw usage(`bytesPerSecond must be 0 or at least ${RATE_MIN}`);
  return limits;
}

function checked(name: LimitName, value: number | undefined): number {
  const { default: usual, min, max } = LIMITS[name];
  if (value === undefined) return usual;
  if (!Number.isSafeInteger(value) || value < min || value > max)
    throw usage(`${name} must be a whole number from ${min} to ${max}`);
  return value;
}
