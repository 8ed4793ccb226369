/** A certificate authority of the tests' own, made by openssl in a folder of its own. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const EC_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

export interface IssuedFiles {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** Its certificate's file: for NODE_EXTRA_CA_CERTS. */
  readonly file: string;
  /** Issues a certificate for these, in openssl's words: `IP:127.0.0.1,DNS:relay.test`. */
  issue(names: string): Promise<IssuedFiles>;
  remove(): Promise<void>;
}

export async function createAuthority(name: string): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), "secureshare-authority-"));
  const own = { cert: join(folder, "ca.pem"), key: join(folder, "ca-key.pem") };
  const subject = ["-subj", `/CN=${name}`, "-days", "2"];
  await run("openssl", [
    "req",
    "-x509",
    ...EC_KEY,
    ...subject,
    "-keyout",
    own.key,
    "-out",
    own.cert,
  ]);
  let issued = 0;
  return {
    file: own.cert,
    async issue(names) {
      const at = join(folder, `leaf-${++issued}`);
      const files = { cert: `${at}.pem`, key: `${at}-key.pem` };
      await writeFile(`${at}.ext`, `subjectAltName=${names}\nbasicConstraints=CA:FALSE\n`);
      const request = ["-subj", "/CN=leaf", "-keyout", files.key, "-out", `${at}.csr`];
      await run("openssl", ["req", "-new", ...EC_KEY, ...request]);
      const signer = ["-CA", own.cert, "-CAkey", own.key, "-CAcreateserial", "-days", "2"];
      const out = ["-extfile", `${at}.ext`, "-out", files.cert];
      await run("openssl", ["x509", "-req", "-in", `${at}.csr`, ...signer, ...out]);
      return files;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What a TLS server takes. */
export async function loaded({ cert, key }: IssuedFiles): Promise<{ cert: string; key: string }> {
  return { cert: await readFile(cert, "utf8"), key: await readFile(key, "utf8") };
}
