/**
 * A made-up language: every text in brackets, longer and with accents, placeholders kept.
 * What a program shows outside of brackets was never in a catalogue.
 */
import type { Message } from "../../l10n/message";

const ACCENTED: Readonly<Record<string, string>> = { a: "á", e: "é", i: "í", o: "ó", u: "ú" };

function pseudoText(text: string): string {
  const accented = text.replace(/\{\w+\}|[aeiou]/g, (part) => ACCENTED[part] ?? part);
  return `⟦${accented}${"~".repeat(Math.ceil(text.length * 0.4))}⟧`;
}

function pseudoMessage<M extends Message>(message: M): M {
  if (typeof message === "string") return pseudoText(message) as M;
  const forms = Object.entries(message).map(([form, text]) => [form, pseudoText(text)]);
  return Object.fromEntries(forms) as M;
}

/** An area of the catalogue in the made-up language. */
export function pseudoArea<A extends Readonly<Record<string, Message>>>(area: A): A {
  const entries = Object.entries(area).map(([key, message]) => [key, pseudoMessage(message)]);
  return Object.fromEntries(entries) as A;
}

/** What stands outside of the brackets. */
export function outsideBrackets(text: string): string {
  return text.replace(/⟦[^⟧]*⟧/g, "");
}
