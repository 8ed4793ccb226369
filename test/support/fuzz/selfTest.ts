import type { Target } from "./loop";

/** Targets with known mistakes: what the fuzzer must find, and what only coverage leads to. */
export const targets: Readonly<Record<string, Target>> = {
  maze: {
    seeds: [Buffer.from("aaaaaaaa")],
    words: [],
    run(input) {
      if (input[0] !== 0x53) return;
      if (input[1] !== 0x65) return;
      if (input[2] === 0x63) throw new Error("the end of the maze");
    },
  },
  slow: {
    seeds: [Buffer.from("a")],
    words: [],
    run: () => {
      const start = process.cpuUsage();
      while (process.cpuUsage(start).user < 220_000);
    },
  },
};
