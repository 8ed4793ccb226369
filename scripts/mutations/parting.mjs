import { mutationsOf } from "./mutation.mjs";

const PARTING = ["unit/core/session/parting"];
const RECONNECT = ["unit/core/session/reconnect"];
const RESTART = ["unit/core/session/restart"];

/** How a side leaves, and makes sure that it is heard; and that nothing holds it up. */
export const parting = [
  ...mutationsOf("src/core/session/parting.ts", PARTING, [
    [
      'if (endingOf(error, "us") !== undefined)\n      await',
      'if (error === "never")\n      await',
    ],
    ["if (heard !== undefined) this.#known = true;"],
    ["if (heard !== undefined && due) await this.#say(channel, LAST_WORDS[heard]);"],
    ["&& error.details.by === by"],
    ["const ANSWER = 2_000;", "const ANSWER = Infinity;"],
    ["const PARTING = 1_000;", "const PARTING = Infinity;"],
    ["const FAREWELL = 5_000;", "const FAREWELL = 3_600_000;"],
    [
      'if (frame.kind === "cancel") throw cancelled(frame.reason);',
      'if (frame.kind === "cancel") return;',
    ],
  ]),
  ...mutationsOf("src/core/session/epoch.ts", PARTING, [
    [
      "if (life.aborted && !(isDrop(life.reason) && isLastWord(error))) throw life.reason;",
      "life.throwIfAborted();",
    ],
  ]),
  ...mutationsOf("src/core/session/sender.ts", PARTING, [
    ["await this.parting.insist(error, (patience, signal) => this.#meetAgain(patience, signal));"],
    ["|| this.options.keepForMs === 0) return;", ") return;"],
  ]),
  ...mutationsOf("src/core/session/receiver.ts", PARTING, [
    [
      "await this.parting.insist(failure, (patience, signal) => this.#meetAgain(patience, signal));",
    ],
  ]),
  ...mutationsOf("src/core/session/memory.ts", PARTING, [["|| this.#forgotten"]]),
  ...mutationsOf("src/core/session/sendEpoch.ts", PARTING, [
    ["return abortable(sent, scope);", "return sent;"],
  ]),
  ...mutationsOf("src/core/session/recheck.ts", RESTART, [
    ["this.#failure ??= toSecureShareError(error);", "throw error;"],
    ["if (this.#failure !== undefined) throw this.#failure;"],
  ]),
  ...mutationsOf("src/core/session/segments.ts", RESTART, [['|| code === "E_DISK"']]),
  ...mutationsOf("src/core/session/sendEpoch.ts", RESTART, [["this.#done.reject(error);"]]),
  ...mutationsOf("src/core/session/intake.ts", RESTART, [["this.#recheck?.digest.end();"]]),
  ...mutationsOf("src/core/session/inbound.ts", RESTART, [['|| code === "E_INTERRUPTED"']]),
  ...mutationsOf("src/core/session/reunion.ts", PARTING, [
    ["for (const other of established) if (other !== met) abandon(other);"],
  ]),
  ...mutationsOf(
    "src/core/session/reunion.ts",
    ["unit/core/session/reunion"],
    [["this.#dropped || signal.aborted", "signal.aborted"]],
  ),
  ...mutationsOf("src/core/session/receiver.ts", PARTING, [
    ["Promise.all([this.gate.refusal, this.#decision])", "Promise.resolve()"],
  ]),
  ...mutationsOf("src/core/session/sender.ts", PARTING, [
    ["this.gate.refusal", "Promise.resolve()"],
  ]),
  ...mutationsOf("src/core/session/sender.ts", RECONNECT, [["this.settled || "]]),
  ...mutationsOf("src/core/session/receiver.ts", RECONNECT, [["&& !this.#settled"]]),
  ...mutationsOf("src/core/session/sendEpoch.ts", RECONNECT, [
    ["[...gone, ...stream.gone]", "stream.gone"],
  ]),
];
