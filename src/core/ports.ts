/** What a host must give to the core. Everything that touches the outside world is here. */

import type { SecureShareError } from "./errors";
import type { ItemSet } from "./files/itemSet";
import type { ProgressEntry, TransferDocument } from "./files/journal";
import type { ChangedFile, Manifest, OfferItem } from "./files/manifest";
import type { RefusalReason } from "./files/names";

type MaybePromise<T> = T | Promise<T>;

/** A monotonic clock; wall clocks have no part in the protocol. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** Milliseconds since 1970, for dates that users see and for expiry; it may jump. */
  wall(): number;
  /** Settles after `ms`; rejects with the signal's reason when aborted first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Settles when everything else that waits for the event loop has had its turn. */
  turn(): Promise<void>;
}

/** Cryptographically strong random bytes. */
export interface Random {
  bytes(length: number): Uint8Array;
}

/** AES-256-GCM with 96-bit nonces and 128-bit tags (NIST SP 800-38D). */
export interface Aead {
  /** `raw` has 32 bytes; the caller may wipe it afterwards. */
  key(raw: Uint8Array): AeadKey;
}

export interface AeadKey {
  /** Writes ciphertext and tag to `out`, which is 16 bytes longer than `plaintext`. */
  seal(
    nonce: Uint8Array,
    aad: Uint8Array,
    plaintext: Uint8Array,
    out: Uint8Array,
  ): MaybePromise<void>;
  /** Writes the plaintext to `out`, 16 bytes shorter than `sealed`; false when the tag is wrong. */
  open(
    nonce: Uint8Array,
    aad: Uint8Array,
    sealed: Uint8Array,
    out: Uint8Array,
  ): MaybePromise<boolean>;
  /** Forgets the key, as far as the runtime allows. */
  wipe(): void;
}

/** A running SHA-256. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Another one that has seen the same bytes. */
  copy(): Hasher;
  digest(): Uint8Array;
}

export interface Hash {
  sha256(): Hasher;
}

export type SocketMessage =
  | { kind: "text"; text: string }
  | {
      kind: "binary";
      bytes: Uint8Array<ArrayBufferLike>;
      /** Gives the bytes' memory back for the next message. Whoever keeps them does not call. */
      release?: () => void;
    };

export interface SocketClose {
  code: number;
}

/** One WebSocket to a relay, with back-pressure both ways. */
export interface Socket {
  /**
   * Sends one binary message. Settles when the transport has room for the next one;
   * `frame` belongs to the socket until `released` is called.
   */
  send(frame: Uint8Array, released?: () => void): Promise<void>;
  /** The next message, or how the socket closed. Reading pauses while nobody asks. */
  receive(): Promise<SocketMessage | { kind: "closed"; close: SocketClose }>;
  /** Ends the socket; pending calls settle. Safe to call twice. */
  close(code?: number): void;
}

export interface Dialer {
  /** Its sockets take in what comes although nobody asks: credit alone bounds what waits. */
  readonly readsAhead?: true;
  /**
   * Opens a WebSocket. Rejects with E_RELAY_UNREACHABLE, E_PROXY, E_PROXY_LOGIN,
   * E_CERTIFICATE, E_CERTIFICATE_REPLACED, or with the signal's reason.
   * `protocols` are the subprotocols to offer.
   */
  connect(url: string, protocols: readonly string[], signal: AbortSignal): Promise<Socket>;
}

/** Bytes put aside while a transfer runs (an offer's pages); on disk once they are many. */
export interface Spool {
  append(bytes: Uint8Array): Promise<void>;
  read(offset: number, length: number): Promise<Uint8Array>;
  dispose(): Promise<void>;
}

/** What is sent. Items are numbered as in the manifest. */
export interface Source {
  readonly manifest: Manifest;
  /**
   * Opens a file or text item to be read from byte `from` on.
   * Rejects with E_SOURCE_VANISHED, E_SOURCE_CHANGED, E_PERMISSION.
   */
  open(index: number, item: OfferItem, from: number, signal: AbortSignal): Promise<ItemReader>;
  /** For sources whose items can become something else after they were offered. */
  readonly changes?: SourceChanges;
}

export interface SourceChanges {
  /** The file that stands in an item's place now; `undefined` when none does. */
  look(index: number, item: OfferItem): Promise<FoundFile | undefined>;
  /** From now on the item is that file. */
  take(index: number, identity: string): void;
}

export interface FoundFile extends ChangedFile {
  /** What `take` knows it by, also in a later run. At most 256 characters. */
  readonly identity: string;
}

export interface ItemReader {
  /** Reads the next bytes to the front of `into`; 0 at the end. */
  read(into: Uint8Array): Promise<number>;
  /** After the last byte: rejects with E_SOURCE_CHANGED when it is not what was offered. */
  verify(): Promise<void>;
  close(): Promise<void>;
}

export type ConflictPolicy = "rename" | "overwrite" | "skip";

/** What the receiver's side knows about an offer and a target folder before accepting. */
export interface Inspection {
  /** Items that can never be accepted here, with the rule that refuses them. */
  readonly refused: ReadonlyMap<number, RefusalReason>;
  /** Items that would change what runs on this computer; unticked by default. */
  readonly dangerous: ItemSet;
  /** Items whose target exists. */
  readonly conflicts: ItemSet;
  /** Bytes free for us on the target's file system; `undefined` when unknown. */
  readonly freeBytes: number | undefined;
}

export type Published = {
  /** Path below the chosen folder, as written; `undefined` for what was skipped. */
  path: string | undefined;
  outcome: "written" | "renamed" | "overwritten" | "skipped";
};

/** A folder that receives. Nothing is written before `begin`. */
export interface Sink {
  inspect(manifest: Manifest, signal: AbortSignal): Promise<Inspection>;
  /** Makes the staging place. Rejects with E_NO_SPACE, E_PERMISSION, E_DISK. */
  begin(manifest: Manifest, accepted: ItemSet, conflict: ConflictPolicy): Promise<void>;
  /** Opens a partial file. Name rules are applied again, here, at the last moment. */
  open(index: number, item: OfferItem): Promise<ItemWriter>;
  /**
   * Publishes small files whose digests were right, together, as `open`, `write` and
   * `publish` would one by one. Settles, when their bytes may be reused, with what became of
   * each, in order.
   */
  publishWhole?(files: readonly WholeFile[]): Promise<readonly (Published | SecureShareError)[]>;
  /** Makes a folder item; its modification time is set by `finish`. */
  folder(index: number, item: OfferItem): Promise<Published>;
  /** After the last item: folder times, staging removed. */
  finish(): Promise<void>;
  /** Removes every partial file; what was published stays. Safe after `finish`. */
  abort(): Promise<void>;
}

/** A sink whose work outlives its program, by what it notes in a journal. */
export interface ResumableSink extends Sink {
  /**
   * Goes on where a former run stopped, in place of `begin`. `items` gives what the journal
   * knows of each item that was under way.
   */
  resume(
    manifest: Manifest,
    accepted: ItemSet,
    conflict: ConflictPolicy,
    known: KnownProgress,
  ): Promise<void>;
  /** True when the item already stands under the name that the journal meant for it. */
  wasPublished(item: number): Promise<boolean>;
  /** The item's partial file; `undefined` when there is none that can be used. */
  reopen(index: number, item: OfferItem): Promise<PartialItem | undefined>;
  /** Leaves partial files where they are, flushed, for `resume`; closes what is open. */
  suspend(): Promise<void>;
}

/** A partial file of a former run, opened again and cut to what was durable. */
export interface PartialItem {
  /** Bytes that it holds: to be checked, never trusted. */
  readonly length: number;
  /** Reads at a position below `length`, or behind it once more was written. */
  read(position: number, into: Uint8Array): Promise<number>;
  /** Replaces bytes below `length`. */
  repair(position: number, bytes: Uint8Array): Promise<void>;
  /** Appends from `length` on, publishes or discards, as for a fresh item. */
  readonly writer: ItemWriter;
}

/** A small file that came in one piece. */
export interface WholeFile {
  readonly index: number;
  readonly item: OfferItem;
  readonly bytes: Uint8Array;
}

export interface ItemWriter {
  /** Appends; `bytes` may be reused once it settles. Rejects with E_DISK_FULL, E_DISK. */
  write(bytes: Uint8Array): Promise<void>;
  /** The digest was right: flush, times, exec bit, publish under the final name. */
  publish(): Promise<Published>;
  /** Removes the partial file. */
  discard(): Promise<void>;
}

/** What a journal's log says of items that have not settled. */
export interface KnownProgress {
  readonly staging: string | undefined;
  readonly open: ReadonlyMap<number, { readonly file: string; readonly offset: number }>;
  readonly publish: ReadonlyMap<number, { readonly path: string; readonly identity: string }>;
}

/** Where a sink and a transfer write down what they do; settles when it is durable. */
export type Note = (entry: ProgressEntry) => Promise<void>;

/** One transfer's durable memory. */
export interface Journal {
  readonly id: string;
  /** Replaces the document; settles when that is durable. */
  save(document: TransferDocument): Promise<void>;
  readonly note: Note;
  /** Seals and opens secrets under the wrapping key; `undefined` when it does not fit. */
  seal(secret: Uint8Array): Promise<string>;
  open(sealed: string): Promise<Uint8Array | undefined>;
  /** Removes the transfer: it is over. */
  forget(): Promise<void>;
}

/** Counts a receiver's attempts at a room, so that a relay cannot make it guess on. */
export interface Attempts {
  /** Counts one attempt; false when the three of the last 24 hours are used up. */
  spend(relay: string, room: string): Promise<boolean>;
}
