/** Certificates for 127.0.0.1, made by openssl in a folder of the test's own. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CertificateFiles } from "../../../relay/certificate";

const run = promisify(execFile);

export interface CertificateFolder extends CertificateFiles {
  /** Makes another certificate and puts both files in place; its PEM. */
  renew(): Promise<string>;
  /** Puts only the key of another certificate in place. */
  replaceKey(): Promise<void>;
  remove(): Promise<void>;
}

async function make(folder: string): Promise<CertificateFiles> {
  const files = { cert: join(folder, "new-cert.pem"), key: join(folder, "new-key.pem") };
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const subject = ["-subj", "/CN=relay", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
  const out = ["-keyout", files.key, "-out", files.cert];
  await run("openssl", ["req", "-x509", ...newKey, ...subject, ...out]);
  return files;
}

export async function certificateFolder(): Promise<CertificateFolder> {
  const folder = await mkdtemp(join(tmpdir(), "relay-certificate-"));
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  const renew = async () => {
    const made = await make(folder);
    await rename(made.key, files.key);
    await rename(made.cert, files.cert);
    return readFile(files.cert, "utf8");
  };
  const replaceKey = async () => {
    const made = await make(folder);
    await rename(made.key, files.key);
  };
  await renew();
  return {
    ...files,
    renew,
    replaceKey,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
