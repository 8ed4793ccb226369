import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";

/** The secret that a ciphertext holds for the key pair of this seed (FIPS 203, d ‖ z). */
export function mlKemSecret(seed: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const { secretKey } = ml_kem768.keygen(seed.slice());
  return ml_kem768.decapsulate(ciphertext.slice(), secretKey);
}
