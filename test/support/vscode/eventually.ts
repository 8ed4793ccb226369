/**
 * Tries until an attempt succeeds: for what shows in a menu or a list only when that is opened
 * anew. An attempt has to wait for its condition itself, so that this is no busy loop.
 *
 * @throws the last attempt's error, once `limitMs` have passed
 */
export async function eventually<T>(limitMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}
