import type { Coverage } from "./coverage";
import { mutate } from "./mutate";
import { Dice } from "./random";

export { Coverage } from "./coverage";

/** One parser under attack. */
export interface Target {
  readonly seeds: readonly [Buffer, ...Buffer[]];
  /** Pieces that a mutation may put in. */
  readonly words: readonly string[];
  /** Throws when the parser did what it must not: crashed, or accepted what is not so. */
  run(input: Buffer): void | Promise<void>;
}

export interface Finding {
  readonly input: Buffer;
  readonly problem: string;
}

export interface Report {
  readonly runs: number;
  readonly corpus: number;
  readonly blocks: number;
  readonly findings: readonly Finding[];
}

/** Inputs between two looks at the coverage: a look costs more than most inputs. */
const BATCH = 64;
/** No input of this length may take longer. Milliseconds of the processor, not of the clock. */
const SLOW = 200;
const FINDINGS_MAX = 5;

/**
 * Mutates what reached something new, for as long as `goOn` says: coverage-guided fuzzing
 * with V8's own block coverage.
 */
export async function fuzz(
  target: Target,
  coverage: Coverage,
  seed: number,
  goOn: (runs: number) => boolean,
): Promise<Report> {
  const dice = new Dice(seed);
  const corpus: [Buffer, ...Buffer[]] = [...target.seeds];
  const longest = Math.max(...corpus.map(({ length }) => length));
  const findings: Finding[] = [];
  let [runs, blocks] = [0, 0];
  const attempt = async (input: Buffer) => {
    const problem = await problemOf(target, input);
    runs++;
    if (problem !== undefined && findings.length < FINDINGS_MAX) findings.push({ input, problem });
  };
  for (const input of corpus) await attempt(input);
  blocks += coverage.news().length;
  while (goOn(runs) && findings.length < FINDINGS_MAX) {
    const batch = Array.from({ length: BATCH }, () =>
      mutate(dice.pick(corpus), dice.pick(corpus), target.words, dice, longest),
    );
    for (const input of batch) await attempt(input);
    let found = coverage.news();
    blocks += found.length;
    for (const input of batch) {
      if (found.length === 0) break;
      await attempt(input);
      // Each new block is credited to the first input that runs it.
      const own = coverage.ranOf(found);
      if (own.length > 0) corpus.push(input);
      found = found.filter((block) => !own.includes(block));
    }
  }
  return { runs, corpus: corpus.length, blocks, findings };
}

async function problemOf(target: Target, input: Buffer): Promise<string | undefined> {
  const start = process.cpuUsage();
  try {
    await target.run(Buffer.from(input));
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  if (milliseconds(start) < SLOW) return undefined;
  // Once more: it may have been the one that all others had filled the memory for.
  const again = process.cpuUsage();
  await target.run(Buffer.from(input));
  const second = milliseconds(again);
  return second < SLOW ? undefined : `took ${second.toFixed(0)} ms`;
}

function milliseconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}
