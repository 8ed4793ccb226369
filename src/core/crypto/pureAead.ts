/** AES-256-GCM in JavaScript, for runtimes that have neither node:crypto's nor WebCrypto's. */
import { gcm } from "@noble/ciphers/aes.js";
import type { Aead } from "../ports";
import { wipe } from "./bytes";

export const pureAead: Aead = {
  key(raw) {
    const key = raw.slice();
    return {
      seal(nonce, aad, plaintext, out) {
        out.set(gcm(key, nonce, aad).encrypt(plaintext));
      },
      open(nonce, aad, sealed, out) {
        try {
          out.set(gcm(key, nonce, aad).decrypt(sealed));
          return true;
        } catch {
          return false;
        }
      },
      wipe: () => wipe(key),
    };
  },
};
