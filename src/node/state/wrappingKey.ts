import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Cause } from "../../core/causes";
import { lv } from "../../core/crypto/bytes";
import { SecureShareError } from "../../core/errors";
import type { AeadKey, Journal } from "../../core/ports";
import { createAead } from "../aead";
import { onDisk } from "../files/diskError";
import { type FileSystem, nodeFileSystem, readBounded } from "../files/fileSystem";
import { makePrivateFolder } from "./folder";
import { createAtomic } from "./writeAtomic";

/** Of the wrapping key. Bytes. */
const WRAPPING_KEY_LENGTH = 32;
const NONCE = 12;
const TAG = 16;
const PURPOSE = "secureshare/1 journal";

/**
 * The wrapping key in the state folder, made on the first call: every process gets the same
 * one. @throws E_DISK when the file is there and holds no key, E_DISK_FULL, E_PERMISSION
 */
export async function wrappingKeyFile(
  stateFolder: string,
  files: FileSystem = nodeFileSystem,
): Promise<Uint8Array> {
  const path = join(stateFolder, "journal.key");
  await makePrivateFolder(stateFolder);
  const kept = await readKey(files, path);
  if (kept !== undefined) return kept;
  const fresh = randomBytes(WRAPPING_KEY_LENGTH);
  if (await createAtomic(path, fresh, files)) return Uint8Array.from(fresh);
  const other = await readKey(files, path);
  if (other === undefined)
    throw new SecureShareError("E_DISK", { path, reason: "key-vanished" satisfies Cause });
  return other;
}

async function readKey(files: FileSystem, path: string): Promise<Uint8Array | undefined> {
  return onDisk(path, async () => {
    try {
      const bytes = await readBounded(files, path, WRAPPING_KEY_LENGTH);
      if (bytes === undefined) return undefined;
      if (bytes.length === WRAPPING_KEY_LENGTH) return Uint8Array.from(bytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    throw new SecureShareError("E_DISK", { path, reason: "no-key" satisfies Cause });
  });
}

/**
 * Seals a transfer's secrets: base64 of nonce (12), AES-256-GCM ciphertext and tag (16), bound
 * to the transfer's id. `open` gives `undefined` for whatever was not sealed so.
 */
export function createSealer(key: Uint8Array, id: string): Pick<Journal, "seal" | "open"> {
  const aead: AeadKey = createAead().key(key);
  const aad = lv(PURPOSE, id);
  return {
    async seal(secret) {
      const sealed = new Uint8Array(NONCE + secret.length + TAG);
      sealed.set(randomBytes(NONCE));
      await aead.seal(sealed.subarray(0, NONCE), aad, secret, sealed.subarray(NONCE));
      return Buffer.from(sealed).toString("base64");
    },
    async open(text) {
      const sealed = Buffer.from(text, "base64");
      if (sealed.length < NONCE + TAG) return undefined;
      const secret = new Uint8Array(sealed.length - NONCE - TAG);
      const whole = await aead.open(sealed.subarray(0, NONCE), aad, sealed.subarray(NONCE), secret);
      return whole ? secret : undefined;
    },
  };
}
