/**
 * Why a connection, an agreement on keys or a piece of work came to nothing: the `reason` of
 * errors and steps, where users see it. Texts are in the catalogues, under `causes`; a reason
 * that is none of these (a system's code, a signal's name) stands for itself.
 */
export type Cause =
  | "connection-lost"
  | "connection-closed"
  | "relay-closed"
  | "peer-left"
  | "peer-joined"
  | "peer-aborted"
  | "peer-failed"
  | "peer-away"
  | "timeout"
  | "unexpected-frame"
  | "version"
  | "wrong-mode"
  | "bad-key"
  | "wrong-tag"
  | "bad-commitment"
  | "used"
  | "no-sender"
  | "no-relay"
  | "relay-address"
  | "restarted"
  | "item-anew"
  | "window-closed"
  | "earlier-run"
  | "journal-closed"
  | "journal-full"
  | "journal-broken"
  | "key-vanished"
  | "no-key";

/** The relay's close code (RFC 6455, 7.4) goes with it, for whoever runs the relay. */
export type Reason = Cause | `relay-closed-${number}`;
