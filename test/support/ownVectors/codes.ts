import { checkSymbol, drawCode, formatCode, parseCode } from "../../../src/core/wire/code";
import { parseInvitation } from "../../../src/core/wire/invitation";
import { hexOf } from "../vectors";
import { fixed } from "./fixed";

const TYPED = [
  "k7qm-3x9d-t2v7",
  "K7QM 3X9D T2V7",
  "  k7qm3x9dt2v7  ",
  "k7qm\u20133x9d\u2014t2v7",
  "0000-0000-0012",
  "oooo-OOOO-ooi2",
  "OOOO oooo ool2",
];
const REFUSED = [
  "",
  "k7qm-3x9d-t2v",
  "k7qm-3x9d-t2v77",
  "k7qm-3x9d-t2v8",
  "7kqm-3x9d-t2v7",
  "k7qm-3x9d-2tv7",
  "k7qm-3x9d-t2u7",
  "k7qm_3x9d_t2v7",
  "k7qm-3x9d-t2v\u0667",
  "\u212a7qm-3x9d-t2v7!",
  "0".repeat(65),
];
const INVITATIONS = [
  "k7qm-3x9d-t2v7",
  "k7qm-3x9d-t2v7@192.0.2.7:4711",
  "k7qm-3x9d-t2v7@wss://relay.example/share/",
  "https://relay.example/#k7qm-3x9d-t2v7",
  "http://[2001:db8::1]:4711/#k7qm-3x9d-t2v7",
  "vscode://secureshare.secureshare/receive#k7qm-3x9d-t2v7",
  "vscode://secureshare.secureshare/receive#k7qm-3x9d-t2v7@ws://192.0.2.7:4711",
];
const REFUSED_INVITATIONS = [
  "k7qm-3x9d-t2v7@user:password@relay.example",
  "k7qm-3x9d-t2v7@relay.example:0",
  "k7qm-3x9d-t2v7@relay.example:65536",
  "k7qm-3x9d-t2v7@ftp://relay.example",
  "k7qm-3x9d-t2v7@wss://relay.example/?code=1",
  "https://relay.example/k7qm-3x9d-t2v7",
  "https://relay.example/#k7qm-3x9d-t2v8",
];

function refusalOf(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    if (error instanceof Error && "code" in error) return String(error.code);
  }
  throw new Error("taken");
}

export function codeVectors() {
  const draws = ["first", "second", "third"].map((label) => {
    const random = fixed(`code ${label}`, 11);
    const code = drawCode((length) => random.slice(0, length));
    const { room, secret } = code;
    const check = checkSymbol(room + secret);
    return { random: hexOf(random), room, secret, check, shown: formatCode(code) };
  });
  return {
    draws,
    typed: TYPED.map((typed) => ({ typed, code: parseCode(typed) })),
    refused: REFUSED.map((typed) => ({ typed, error: refusalOf(() => parseCode(typed)) })),
    invitations: INVITATIONS.map((text) => {
      const { code, relay } = parseInvitation(text);
      return { text, code, relay: relay ?? null };
    }),
    refusedInvitations: REFUSED_INVITATIONS.map((text) => ({
      text,
      error: refusalOf(() => parseInvitation(text)),
    })),
  };
}
