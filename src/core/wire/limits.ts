/** Sizes that both peers and the relay must agree on. Bytes unless said otherwise. */

/** A record's plaintext is at most this long; full records are exactly this long. */
export const RECORD_PLAINTEXT = 256 * 1024;
/** Type, version, sequence number (8) before, GCM tag (16) behind a record's ciphertext. */
export const RECORD_HEADER = 10;
export const RECORD_TAG = 16;
/** The longest frame that a peer may send and a relay forwards. */
export const FRAME_MAX = RECORD_HEADER + RECORD_PLAINTEXT + RECORD_TAG;
/** What the relay accepts from a socket that has no peer yet. */
export const UNPAIRED_MAX = 4 * 1024;
/** Text that the relay sends to a client. */
export const RELAY_TEXT_MAX = 4 * 1024;
/** Buffered for one direction of a session in the relay before it stops reading. */
export const RELAY_BUFFER = 4 * 1024 * 1024;

/** WebSocket pings from the relay, and how long a silent socket lives. Milliseconds. */
export const PING_INTERVAL = 20_000;
export const PING_TIMEOUT = 60_000;

/** One CONTROL body (JSON). */
export const CONTROL_MAX = 64 * 1024;
/** An offer: items, and bytes of its encoded pages. */
export const OFFER_ITEMS_MAX = 1_000_000;
export const OFFER_BYTES_MAX = 128 * 1024 * 1024;
/** A text message as an item. */
export const TEXT_MAX = 1024 * 1024;
