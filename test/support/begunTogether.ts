/**
 * Tests that take long and next to no processor, since they wait for what takes its time: they
 * begin together before the suite's first test, run beside the others, and each tells of its own.
 */
export function begunTogether(tests: Readonly<Record<string, () => Promise<void>>>): void {
  const running = new Map<string, Promise<void>>();
  before(() => {
    for (const [name, run] of Object.entries(tests)) {
      const settled = run();
      // Its own test hears of it.
      settled.catch(() => {});
      running.set(name, settled);
    }
  });
  for (const name of Object.keys(tests)) it(name, () => running.get(name));
  after(() => Promise.allSettled(running.values()));
}
