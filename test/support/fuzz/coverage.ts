import { Session } from "node:inspector";

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}
interface Script {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

/** A piece of a function that has not run yet, or that has just run for the first time. */
export interface Block {
  readonly of: string;
  readonly start: number;
  readonly end: number;
}

/** What of `block` lies outside all of `holes`, which are sorted and apart. */
function without(block: Block, holes: readonly Range[]): Block[] {
  const left: Block[] = [];
  let { start } = block;
  for (const { startOffset, endOffset } of holes) {
    if (endOffset <= start || startOffset >= block.end) continue;
    if (startOffset > start) left.push({ ...block, start, end: startOffset });
    start = Math.max(start, endOffset);
  }
  return start < block.end ? [...left, { ...block, start }] : left;
}

/** Which code V8 has run, block by block: what is new each time that it is asked. */
export class Coverage {
  readonly #session = new Session();
  /** By function: what of it has never run. */
  readonly #dark = new Map<string, readonly Block[]>();

  /** Counts from now on, in all code that is compiled later. */
  constructor() {
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  stop(): void {
    this.#session.post("Profiler.stopPreciseCoverage");
    this.#session.post("Profiler.disable");
    this.#session.disconnect();
  }

  /** The blocks that ran since the last question and never had before. */
  news(): Block[] {
    const fresh: Block[] = [];
    for (const { whole, idle } of this.#ran()) {
      const dark = this.#dark.get(whole.of) ?? [whole];
      const lit = dark.flatMap((block) => without(block, idle));
      if (lit.length === 0 && this.#dark.has(whole.of)) continue;
      fresh.push(...lit);
      const ranges = lit.map(({ start, end }) => ({
        startOffset: start,
        endOffset: end,
        count: 1,
      }));
      this.#dark.set(
        whole.of,
        dark.flatMap((block) => without(block, ranges)),
      );
    }
    return fresh;
  }

  /** Which of `blocks` ran since the last question. */
  ranOf(blocks: readonly Block[]): Block[] {
    const idleOf = new Map(Array.from(this.#ran(), ({ whole, idle }) => [whole.of, idle]));
    return blocks.filter((block) => {
      const idle = idleOf.get(block.of);
      return idle !== undefined && without(block, idle).length > 0;
    });
  }

  /** Functions that ran since the last question, with what of them did not. */
  *#ran(): IterableIterator<{ whole: Block; idle: readonly Range[] }> {
    for (const { url, functions } of this.#take()) {
      if (!/\/out\/|\/valibot\//.test(url)) continue;
      for (const { ranges } of functions) {
        const [first, ...inner] = ranges;
        if (first === undefined || first.count === 0) continue;
        const { startOffset: start, endOffset: end } = first;
        const idle = inner.filter(({ count }) => count === 0);
        yield { whole: { of: `${url} ${start} ${end}`, start, end }, idle };
      }
    }
  }

  /** The inspector answers its own thread at once. */
  #take(): readonly Script[] {
    let scripts: readonly Script[] = [];
    this.#session.post("Profiler.takePreciseCoverage", (error, { result }) => {
      if (error !== null) throw error;
      scripts = result;
    });
    return scripts;
  }
}
