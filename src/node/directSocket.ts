/**
 * A connection that reads into memory of its reader's choice (`onread` of `net.connect`), where
 * a stream takes fresh memory for every read. Until a reader takes over it is as any other.
 */
import { isIP, connect as netConnect, type OnReadOpts, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";

/** Bytes read at once where it is not known yet where they belong. */
const SCRATCH = 16 * 1024;

export interface Reader {
  /** Where the next bytes belong, when that is known. */
  readonly space: Uint8Array | undefined;
  /** That many bytes stand in `space` now. */
  filled(length: number): void;
  /** Bytes that are the reader's for the time of this call only. */
  push(bytes: Uint8Array): void;
}

export class DirectSocket {
  readonly #scratch = new Uint8Array(SCRATCH);
  #socket: Socket | undefined;
  #reader: Reader | undefined;

  /** For the `createConnection` of a request to `url`; once. `options`: the request's. */
  connect(url: URL, options: object): Socket {
    const onread: OnReadOpts = {
      buffer: () => this.#reader?.space ?? this.#scratch,
      callback: (length, buffer) => this.#read(length, buffer),
    };
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const secure = url.protocol === "wss:";
    const port = Number(url.port || (secure ? 443 : 80));
    // The request's `path` would be a socket's in the file system.
    const target = { ...options, host, port, path: undefined, onread };
    this.#socket = secure
      ? tlsConnect({ ...target, servername: isIP(host) === 0 ? host : "" })
      : netConnect(target);
    return this.#socket;
  }

  /** What arrives from now on is `reader`'s, but for what waits in the stream still. */
  take(reader: Reader): void {
    this.#reader = reader;
  }

  /** False when the stream is full. */
  #read(length: number, buffer: Uint8Array): boolean {
    const [socket, reader] = [this.#socket, this.#reader];
    if (socket === undefined) return false;
    if (reader === undefined || socket.readableLength > 0)
      return socket.push(Buffer.from(buffer.subarray(0, length)));
    if (buffer === this.#scratch) reader.push(buffer.subarray(0, length));
    else reader.filled(length);
    return true;
  }
}
