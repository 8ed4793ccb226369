/** AES-256-GCM by node:crypto, or in JavaScript where this runtime lacks it. */
import { createCipheriv, createDecipheriv, getCiphers } from "node:crypto";
import { MessageChannel } from "node:worker_threads";
import type { Aead, AeadKey } from "../core/ports";
import { freeThrough } from "../core/wire/spentMemory";

const ALGORITHM = "aes-256-gcm";
const TAG = 16;
/** Always given: some Node versions accept tags of 4 bytes otherwise. */
const OPTIONS = { authTagLength: TAG } as const;
/**
 * A record goes through the cipher in slices: a large output would be freshly mapped
 * memory each time, and costs more than the cipher.
 */
const SLICE = 32 * 1024;

interface Transform {
  update(data: Uint8Array): Uint8Array;
}

function nodeKey(raw: Uint8Array): AeadKey {
  const key = Uint8Array.from(raw);
  const free = freeThrough(new MessageChannel().port1);

  /** Feeds `from` through in slices and writes what comes out to `to`. */
  const transform = (cipher: Transform, from: Uint8Array, to: Uint8Array) => {
    for (let at = 0; at < from.length; at += SLICE) {
      const slice = cipher.update(from.subarray(at, at + SLICE));
      to.set(slice, at);
      free(slice);
    }
  };
  return {
    seal(nonce, aad, plaintext, out) {
      const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS);
      cipher.setAAD(aad);
      transform(cipher, plaintext, out);
      cipher.final();
      out.set(cipher.getAuthTag(), plaintext.length);
    },
    open(nonce, aad, sealed, out) {
      const split = sealed.length - TAG;
      const decipher = createDecipheriv(ALGORITHM, key, nonce, OPTIONS);
      decipher.setAAD(aad);
      decipher.setAuthTag(sealed.subarray(split));
      transform(decipher, sealed.subarray(0, split), out);
      try {
        decipher.final();
        return true;
      } catch {
        out.fill(0);
        return false;
      }
    },
    wipe: () => key.fill(0),
  };
}

/** In JavaScript. Making its tables takes longer than all that shows a code: loaded if needed. */
const pureAead: Aead = {
  key(raw) {
    const copy = Uint8Array.from(raw);
    const loaded = import("../core/crypto/pureAead").then(({ pureAead: pure }) => pure.key(copy));
    return {
      seal: async (...record) => (await loaded).seal(...record),
      open: async (...record) => (await loaded).open(...record),
      // Behind the records that wait for it: none may be sealed with what is left of the key.
      wipe: () =>
        void loaded.then((key) => {
          key.wipe();
          copy.fill(0);
        }),
    };
  },
};

/** The best AEAD that a runtime with these ciphers has. */
export function createAead(ciphers: readonly string[] = getCiphers()): Aead {
  return ciphers.includes(ALGORITHM) ? { key: nodeKey } : pureAead;
}
