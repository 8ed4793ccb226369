/** A certificate with its key, read from two files and read again when they change. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { unwatchFile, watchFile } from "node:fs";
import { readFile } from "node:fs/promises";

/** Paths of PEM files: the chain with the server's own certificate first, and its key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly expires: Date;
}

/** Rejects when a file is not there, is no PEM, or the two do not belong together. */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  const [cert, key] = await Promise.all([
    readFile(files.cert, "utf8"),
    readFile(files.key, "utf8"),
  ]);
  const own = new X509Certificate(cert);
  if (!own.checkPrivateKey(createPrivateKey(key)))
    throw new Error("the key is not the certificate's");
  return { cert, key, expires: new Date(own.validTo) };
}

/** Calls `changed` when one of the files is another than before; returns what ends that. */
export function watchCertificate(
  { cert, key }: CertificateFiles,
  pollMs: number,
  changed: () => void,
): () => void {
  // Looked at by name: renewals replace files, and often a link further up.
  const options = { interval: pollMs, persistent: false };
  for (const file of [cert, key]) watchFile(file, options, changed);
  return () => {
    for (const file of [cert, key]) unwatchFile(file, changed);
  };
}
