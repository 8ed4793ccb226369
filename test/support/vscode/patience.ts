/**
 * How long tests wait for a window. They wait for what must happen and go on at once, so these
 * cost nothing where it does: they are for machines on which much else runs. Milliseconds.
 */

/** For any one thing. */
export const PATIENCE_MS = 120_000;
/** For a whole test. */
export const TEST_MS = 600_000;
