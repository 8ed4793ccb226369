import { relayAddress } from "../core/wire/invitation";
import { askForLine } from "./inputBox";
import type { Texts } from "./texts";

/** Asks for the address on the sender's screen; `undefined` when the user, or `signal`, leaves. */
export async function askForAddress(
  texts: Texts,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const none = texts.say("relayNone");
  const text = await askForLine(
    {
      title: texts.say("addressTitle"),
      prompt: texts.say("addressPrompt"),
      placeholder: "192.168.1.5:4711",
      value: "",
      typing: () => undefined,
      entered: (text) => (relayAddress(text) === undefined ? none : undefined),
    },
    signal,
  );
  return text === undefined ? undefined : relayAddress(text);
}
