/**
 * Memory that is given back as soon as it has been read. The garbage collector lets tens of
 * MiB of it come together first: each new piece is then memory that no cache has.
 */

/** A MessagePort, as far as it is needed here. */
interface Port {
  close(): void;
  postMessage(message: undefined, transfer: readonly ArrayBuffer[]): void;
}

/**
 * A function that frees the memory of a view which has its buffer to itself; both are empty
 * afterwards. Views of a part say nothing of the rest, and leave it alone. What is transferred
 * to a closed port is detached as by any other, and arrives nowhere (HTML, "message port post
 * message steps"). `port`: one of a new channel, taken over.
 */
export function freeThrough(port: Port): (view: Uint8Array) => void {
  port.close();
  return ({ buffer, byteLength }) => {
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength)
      port.postMessage(undefined, [buffer]);
  };
}
