import type { Cause } from "../../src/core/causes";
import type { Message } from "../message";

/** Why something came to nothing. Each follows a colon, so it has no capital letter and no full stop. */
export const causes = {
  "connection-lost": "the connection was lost",
  "connection-closed": "the connection was closed",
  "relay-closed": "the relay closed the connection ({closeCode})",
  "peer-left": "the other side left",
  "peer-joined": "the other side began anew",
  "peer-aborted": "the other side broke off",
  "peer-failed": "something failed on the other side",
  "peer-away": "the other side did not come back",
  timeout: "the other side did not answer in time",
  "unexpected-frame": "the other side answered out of turn",
  version: "the versions do not fit",
  "wrong-mode": "the other side expected another kind of handshake",
  "bad-key": "the other side's key is not valid",
  "wrong-tag": "the other side has another code",
  "bad-commitment": "the other side did not keep to what it had committed to",
  used: "it was over already",
  "no-sender": "no sender is there",
  "no-relay": "no relay is named",
  "relay-address": "this is no address of a relay",
  restarted: "this side was started again",
  "item-anew": "a file begins anew",
  "window-closed": "its window was closed or reloaded",
  "earlier-run": "it failed before the interruption",
  "journal-closed": "the journal is closed",
  "journal-full": "the journal is full",
  "journal-broken": "the journal cannot be written",
  "key-vanished": "the key is no longer there",
  "no-key": "this is no key",
} as const satisfies Record<Cause, Message>;
