/** AES-256-GCM by WebCrypto, or in JavaScript where the context is not secure and has none. */
import { wipe } from "../core/crypto/bytes";
import { pureAead } from "../core/crypto/pureAead";
import type { Aead, AeadKey } from "../core/ports";

/** WebCrypto takes bytes of unshared memory only; ours always are. */
const plain = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;

function subtleKey(subtle: SubtleCrypto, raw: Uint8Array): AeadKey {
  const copy = plain(raw.slice());
  const imported = subtle.importKey("raw", copy, "AES-GCM", false, ["encrypt", "decrypt"]);
  imported.catch(() => {});
  wipe(copy);
  const parameters = (nonce: Uint8Array, aad: Uint8Array): AesGcmParams => ({
    name: "AES-GCM",
    iv: plain(nonce),
    additionalData: plain(aad),
    tagLength: 128,
  });
  return {
    async seal(nonce, aad, plaintext, out) {
      const key = await imported;
      const sealed = await subtle.encrypt(parameters(nonce, aad), key, plain(plaintext));
      out.set(new Uint8Array(sealed));
    },
    async open(nonce, aad, sealed, out) {
      const key = await imported;
      try {
        const opened = await subtle.decrypt(parameters(nonce, aad), key, plain(sealed));
        out.set(new Uint8Array(opened));
        return true;
      } catch {
        return false;
      }
    },
    // The key's bytes are out of our reach; it goes with the last reference to it.
    wipe: () => {},
  };
}

/** The best AEAD of a context with this `subtle`, which only secure contexts have. */
export function createAead(subtle: SubtleCrypto | undefined): Aead {
  return subtle === undefined ? pureAead : { key: (raw) => subtleKey(subtle, raw) };
}
