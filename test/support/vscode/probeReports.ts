/** What the tests' own extension (`test/vscode/probe`) has and says. */
import * as v from "valibot";

/** Of the file system that it has, which nobody can write to; and what lies there. */
export const PROBE_SCHEME = "probe";
export const PROBED_TREE = {
  "Сховище/лист.txt": "зміст",
  "Сховище/Папка/a.txt": "1",
} as const;

const turn = v.object({ wallMs: v.number(), cpuMs: v.number() });
export const activation = v.object({
  load: turn,
  activate: turn,
  /** Files of ours that are in memory. */
  loaded: v.array(v.string()),
  /** Sockets on which the extension host listens. */
  servers: v.number(),
});
export const loop = v.object({
  looks: v.number(),
  p50: v.number(),
  p99: v.number(),
  max: v.number(),
});
/** Milliseconds since 1970. */
export const span = v.object({ from: v.number(), to: v.number() });

/** What one turn of the event loop took; CPU is of the whole process. */
export type Turn = v.InferOutput<typeof turn>;
export type Activation = v.InferOutput<typeof activation>;
/** For how many milliseconds turns of an event loop held it. */
export type Loop = v.InferOutput<typeof loop>;

export type Span = v.InferOutput<typeof span>;
