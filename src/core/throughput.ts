/** Speed over the last seconds, from a bounded number of samples. Pure: times are passed in. */

export interface Throughput {
  /** Oldest first; `at` in milliseconds of any steady clock. */
  readonly samples: readonly { readonly at: number; readonly bytes: number }[];
}

const WINDOW_MS = 5_000;
const SAMPLE_MS = 250;

export const NO_THROUGHPUT: Throughput = { samples: [] };

/**
 * Adds what has been moved by now. Samples closer than 250 ms replace each other; when there
 * is less than before (the other side lost some of it), it begins anew.
 */
export function sampled(before: Throughput, at: number, bytes: number): Throughput {
  const samples = bytes < (before.samples.at(-1)?.bytes ?? 0) ? [] : before.samples;
  const previous = samples.at(-2);
  const close = previous !== undefined && at - previous.at < SAMPLE_MS;
  const kept = close ? samples.slice(0, -1) : samples;
  const young = kept.filter((sample) => at - sample.at <= WINDOW_MS);
  return { samples: [...young, { at, bytes }] };
}

/** Bytes a second; 0 while unknown. */
export function bytesPerSecond({ samples }: Throughput): number {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.at <= first.at) return 0;
  return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
}

/** Milliseconds until `totalBytes` at this speed; `undefined` while unknown. */
export function msLeft(throughput: Throughput, totalBytes: number): number | undefined {
  const speed = bytesPerSecond(throughput);
  const bytes = throughput.samples.at(-1)?.bytes ?? 0;
  return speed > 0 ? ((totalBytes - bytes) * 1000) / speed : undefined;
}
