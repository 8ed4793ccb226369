/**
 * SHA-256 as it goes, which WebCrypto does not have: in WebAssembly, some three times as fast
 * as in JavaScript, which is what remains where WebAssembly is switched off.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { createSHA256, type IHasher } from "hash-wasm";
import type { Hash, Hasher } from "../core/ports";

/** One instance computes for all hashers: whoever it computed for last is in it. */
class Engine {
  #inside: WasmHasher | undefined;

  constructor(private readonly instance: IHasher) {}

  /** The instance with `hasher`'s state in it. */
  enter(hasher: WasmHasher): IHasher {
    if (this.#inside === hasher) return this.instance;
    if (this.#inside !== undefined) this.#inside.state = this.instance.save();
    this.#inside = hasher;
    if (hasher.state === undefined) this.instance.init();
    else this.instance.load(hasher.state);
    return this.instance;
  }

  /** `hasher` is done; its state is worth nothing any more. */
  leave(hasher: WasmHasher): void {
    if (this.#inside === hasher) this.#inside = undefined;
  }
}

class WasmHasher implements Hasher {
  constructor(
    private readonly engine: Engine,
    public state?: Uint8Array,
  ) {}

  update(bytes: Uint8Array): void {
    this.engine.enter(this).update(bytes);
  }
  copy(): Hasher {
    return new WasmHasher(this.engine, this.engine.enter(this).save());
  }
  digest(): Uint8Array {
    const digest = this.engine.enter(this).digest("binary");
    this.engine.leave(this);
    return digest;
  }
}

type NobleHash = ReturnType<typeof sha256.create>;

function nobleHasher(hash: NobleHash): Hasher {
  return {
    update: (bytes) => void hash.update(bytes),
    copy: () => nobleHasher(hash.clone()),
    digest: () => hash.digest(),
  };
}

/** The fastest SHA-256 that this browser allows. */
export async function createHash(): Promise<Hash> {
  try {
    const engine = new Engine(await createSHA256());
    return { sha256: () => new WasmHasher(engine) };
  } catch {
    return { sha256: () => nobleHasher(sha256.create()) };
  }
}
