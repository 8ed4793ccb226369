import { mutationsOf } from "./mutation.mjs";

const PARTING = ["unit/core/session/parting"];

/** How a side leaves, and makes sure that it is heard. */
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
];
