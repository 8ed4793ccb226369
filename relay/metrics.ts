/** What /metrics shows, in Prometheus's text format (version 0.0.4). */
import type { Counters } from "./counters";
import { LIMIT_NAMES, type RelayLimitOptions } from "./options";
import type { RelayStats } from "./relay";

/** Seconds by which the event loop was late since the last look. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Snapshot {
  readonly stats: RelayStats;
  readonly counters: Counters;
  readonly limits: RelayLimitOptions;
  readonly loopDelay: LoopDelay;
  /** When the certificate ends; without one nothing is shown. */
  readonly certificateExpires: Date | undefined;
  readonly process: {
    readonly cpuSeconds: number;
    readonly residentBytes: number;
    /** Seconds since 1970. */
    readonly startedAt: number;
  };
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

interface Metric {
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: (snapshot: Snapshot) => Iterable<Sample>;
}

function one(value: (snapshot: Snapshot) => number): Metric["samples"] {
  return (snapshot) => [[{}, value(snapshot)]];
}

function byReason(counts: Iterable<[string, number]>): Sample[] {
  return Array.from(counts, ([reason, count]) => [{ reason }, count] as const);
}

function joins({ counters }: Snapshot): Sample[] {
  return Array.from(counters.joins.entries(), ([label, count]) => {
    const [role = "", kind = ""] = label.split(" ");
    return [{ role, kind }, count] as const;
  });
}

/** Names are of their kind: seconds and bytes, `_total` for what only grows. */
export const METRICS: Readonly<Record<string, Metric>> = {
  secureshare_relay_rooms_waiting: {
    type: "gauge",
    help: "Rooms in which one side waits.",
    samples: one(({ stats }) => stats.waiting),
  },
  secureshare_relay_rooms_paired: {
    type: "gauge",
    help: "Rooms in which both sides are present.",
    samples: one(({ stats }) => stats.sessions),
  },
  secureshare_relay_clients: {
    type: "gauge",
    help: "Connections in a room.",
    samples: one(({ stats }) => stats.connections),
  },
  secureshare_relay_buffered_bytes: {
    type: "gauge",
    help: "Bytes on their way through the relay.",
    samples: one(({ stats }) => stats.bufferedBytes),
  },
  secureshare_relay_buffered_bytes_largest: {
    type: "gauge",
    help: "Bytes buffered for the fullest direction of all sessions.",
    samples: one(({ stats }) => stats.largestBuffer),
  },
  secureshare_relay_draining: {
    type: "gauge",
    help: "1 while the relay takes no newcomers because it stops.",
    samples: one(({ stats }) => (stats.draining ? 1 : 0)),
  },
  secureshare_relay_forwarded_bytes_total: {
    type: "counter",
    help: "Bytes of forwarded frames.",
    samples: one(({ counters }) => counters.forwardedBytes),
  },
  secureshare_relay_joins_total: {
    type: "counter",
    help: "Clients let into a room, by role and kind of room.",
    samples: joins,
  },
  secureshare_relay_pairings_total: {
    type: "counter",
    help: "Times that two sides of a room found each other.",
    samples: one(({ counters }) => counters.pairings),
  },
  secureshare_relay_refusals_total: {
    type: "counter",
    help: "Newcomers who were not let in, by reason.",
    samples: ({ counters }) => byReason(counters.refusals.entries()),
  },
  secureshare_relay_closures_total: {
    type: "counter",
    help: "Clients whom the relay ended, by reason.",
    samples: ({ counters }) => byReason(counters.closures.entries()),
  },
  secureshare_relay_throttles_total: {
    type: "counter",
    help: "Times that a client was not read for a while because of its bytes a second.",
    samples: one(({ counters }) => counters.throttled),
  },
  secureshare_relay_limit: {
    type: "gauge",
    help: "The limits that this relay was started with.",
    samples: ({ limits }) => LIMIT_NAMES.map((limit) => [{ limit }, limits[limit]] as const),
  },
  secureshare_relay_event_loop_delay_seconds: {
    type: "gauge",
    help: "By how much the event loop was late since the last scrape.",
    samples: ({ loopDelay: { p50, p99, max } }) => [
      [{ quantile: "0.5" }, p50],
      [{ quantile: "0.99" }, p99],
      [{ quantile: "1" }, max],
    ],
  },
  secureshare_relay_certificate_expiry_timestamp_seconds: {
    type: "gauge",
    help: "When the certificate in use ends.",
    samples: ({ certificateExpires: expires }) =>
      expires === undefined ? [] : [[{}, expires.getTime() / 1000]],
  },
  process_cpu_seconds_total: {
    type: "counter",
    help: "User and system CPU time.",
    samples: one(({ process }) => process.cpuSeconds),
  },
  process_resident_memory_bytes: {
    type: "gauge",
    help: "Resident memory.",
    samples: one(({ process }) => process.residentBytes),
  },
  process_start_time_seconds: {
    type: "gauge",
    help: "When the process started, in seconds since 1970.",
    samples: one(({ process }) => process.startedAt),
  },
};

/** Label values are the relay's own words and need no escapes. */
function line(name: string, [labels, value]: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`;
}

/** The answer to a scrape. */
export function exposition(snapshot: Snapshot): string {
  const blocks = Object.entries(METRICS).map(([name, { type, help, samples }]) => {
    const lines = Array.from(samples(snapshot), (sample) => line(name, sample));
    return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
  });
  return blocks.join("");
}
