/** What a user may say while nothing is asked: pause, go on, another relay. */
import * as v from "valibot";
import type { TransferControls } from "../core/session/controls";
import { relayAddress } from "../core/wire/invitation";
import type { AnswerWay } from "./conversation";
import type { Lines } from "./lines";
import { parseJson } from "./parseJson";

const command = v.variant("answer", [
  v.strictObject({ answer: v.literal("pause"), paused: v.boolean() }),
  v.strictObject({ answer: v.literal("relay"), relay: v.string() }),
]);

/** Takes commands from standard input where its lines are not all answers. */
export function listenForCommands(way: AnswerWay, lines: Lines, controls: TransferControls): void {
  if (way === "json") lines.listen((line) => obeyJson(line, controls));
  // What is typed under a question is its answer.
  if (way === "terminal") lines.listen((line, asked) => !asked && obeyKeys(line, controls));
}

/** Lines that are no command are answers, and judged as such. */
function obeyJson(line: string, controls: TransferControls): boolean {
  const parsed = v.safeParse(command, parseJson(line));
  if (!parsed.success) return false;
  const said = parsed.output;
  if (said.answer === "pause") controls.setPaused(said.paused);
  else if (!addRelay(said.relay, controls)) return false;
  return true;
}

/** `p` and Enter pauses or goes on; an address is a relay to try as well. */
function obeyKeys(line: string, controls: TransferControls): boolean {
  const typed = line.trim();
  if (typed.toLowerCase() === "p") controls.setPaused(!controls.paused);
  else return typed.includes(":") && addRelay(typed, controls);
  return true;
}

function addRelay(text: string, controls: TransferControls): boolean {
  const relay = relayAddress(text);
  if (relay !== undefined) controls.addRelay(relay);
  return relay !== undefined;
}
