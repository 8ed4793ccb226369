/**
 * WebSocket close codes between relay and clients (RFC 6455, section 7.4.2: 4000 to 4999
 * are private use). The relay's documentation gives each a text and a remedy.
 */
export const CloseCode = {
  /** Normal end. */
  normal: 1000,
  /** The relay stops or drains; both peers may resume elsewhere. */
  draining: 4000,
  /** Path, role, subprotocol or claim are not of the right form. */
  badRequest: 4001,
  /** A receiver asked for a code room in which no sender waits. */
  unknownRoom: 4002,
  /** The room has a sender (or receiver) already, with another claim. */
  occupied: 4003,
  /** A later connection with the same claim took this one's place: do not reconnect. */
  replaced: 4004,
  /** The other side rejoined with its claim: this attempt is over. */
  attemptEnded: 4005,
  /** The relay has no more rooms, in total or for this address. */
  full: 4006,
  /** Too many joins from this address. */
  rateLimited: 4007,
  /** A message that is too long, text, or sent before there was a peer. */
  badMessage: 4008,
  /** Nobody came in the time that a socket may wait; the client may join again. */
  waitedTooLong: 4009,
  /** No pong, or nothing at all, for too long. */
  idle: 4010,
  /** This relay lets only its own process create code rooms. */
  notAllowed: 4011,
  /** The session's optional limit of bytes was reached. */
  quota: 4012,
} as const;
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];
