/**
 * Three attempts a room in a day, as the origin's database remembers them for all of its tabs:
 * relay, room and time, never anything of a code's secret part.
 */
import type { Attempts, Clock } from "../core/ports";
import { within } from "../core/session/async";

/** Attempts at one room of one relay in a day (docs/PROTOCOL.md, "Handshake"). */
const ATTEMPTS_MAX = 3;
const DAY = 24 * 3_600_000;
/** A database that never answers keeps nobody from receiving; a slow one is waited for. Milliseconds. */
const PATIENCE = 10_000;

interface Attempt {
  /** Relay and room. */
  readonly place: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Where attempts are noted. */
export interface AttemptLog {
  /** Replaces what is noted, in one step for all that share it. */
  update(change: (before: readonly Attempt[]) => readonly Attempt[]): Promise<void>;
}

/**
 * Counts in `shared`, and in the tab as well: where the browser gives no database, has no room
 * in it, or does not come to an end with it, the three of the tab still hold.
 */
export function createAttempts(shared: AttemptLog, clock: Clock): Attempts {
  const own = memoryLog();
  const never = new AbortController().signal;
  return {
    async spend(relay, room) {
      const place = `${relay} ${room}`;
      const now = clock.wall();
      const inTab = await spend(own, place, now);
      const inAll = await within(clock, PATIENCE, never, () => spend(shared, place, now)).catch(
        () => true,
      );
      return inTab && (inAll ?? true);
    },
  };
}

async function spend(log: AttemptLog, place: string, now: number): Promise<boolean> {
  let allowed = false;
  await log.update((before) => {
    // Made under a clock that was ahead: it counts from now on, so that it ends in a day.
    const seen = before.map((attempt) => ({ ...attempt, at: Math.min(attempt.at, now) }));
    const counting = seen.filter(({ at }) => now - at < DAY);
    allowed = counting.filter((attempt) => attempt.place === place).length < ATTEMPTS_MAX;
    return allowed ? [...counting, { place, at: now }] : counting;
  });
  return allowed;
}

function memoryLog(): AttemptLog {
  let attempts: readonly Attempt[] = [];
  return {
    async update(change) {
      attempts = change(attempts);
    },
  };
}

const DATABASE = "secureshare";
const STORE = "attempts";
/** All attempts are one record. */
const RECORD = 0;

/** The origin's database; @throws what the browser does where it gives none. */
export const storedLog: AttemptLog = {
  async update(change) {
    const database = await open();
    try {
      await replace(database, change);
    } finally {
      database.close();
    }
  },
};

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("no database"));
  });
}

/** A transaction that writes waits for those of other tabs. */
function replace(
  database: IDBDatabase,
  change: Parameters<AttemptLog["update"]>[0],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, "readwrite");
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("not written"));
    const store = transaction.objectStore(STORE);
    const found: IDBRequest<readonly Attempt[] | undefined> = store.get(RECORD);
    found.onsuccess = () => store.put(change(found.result ?? []), RECORD);
  });
}
