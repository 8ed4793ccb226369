/** VS Code's secret storage and memory, as they outlive a session or not. */
import type { Memento, SecretStorage } from "vscode";

export interface Keyring {
  readonly secrets: Pick<SecretStorage, "get" | "store">;
  readonly memory: Pick<Memento, "get" | "update">;
  /** What the next session finds, on a host that keeps secrets or on one that does not. */
  next(keepsSecrets: boolean): Keyring;
}

export function memoryKeyring(
  stored: ReadonlyMap<string, string> = new Map(),
  remembered: ReadonlyMap<string, unknown> = new Map(),
): Keyring {
  const values = new Map(stored);
  const marks = new Map(remembered);
  function get<T>(key: string): T | undefined;
  function get<T>(key: string, fallback: T): T;
  function get<T>(key: string, fallback?: T): T | undefined {
    return marks.has(key) ? (marks.get(key) as T) : fallback;
  }
  return {
    secrets: {
      get: async (key) => values.get(key),
      store: async (key, value) => void values.set(key, value),
    },
    memory: {
      get,
      update: async (key, value) => void marks.set(key, value),
    },
    next: (keepsSecrets) => memoryKeyring(keepsSecrets ? values : new Map(), marks),
  };
}
