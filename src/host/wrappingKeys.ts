import { randomBytes } from "node:crypto";
import type { Memento, SecretStorage } from "vscode";

const KEY = "journal.key";
/** In which session of the editor the key went into the secret storage. */
const SESSION = "journal.key.session";
const LENGTH = 32;

/**
 * The keys under which transfers' secrets are sealed on disk. VS Code's secret storage is the
 * place for one, but some hosts keep that in memory only, and say so nowhere. So the first
 * session of the editor only puts a key there, and seals under one in a file (0600). A later
 * session that still finds it seals under it from then on; one that does not, keeps to the
 * file for good. A key is never replaced: something may be sealed under it.
 */
export class WrappingKeys {
  constructor(
    private readonly secrets: Pick<SecretStorage, "get" | "store">,
    /** As lasting as the secret storage claims to be, and in the same place. */
    private readonly memory: Pick<Memento, "get" | "update">,
    /** Another one whenever what a window keeps in memory may be gone. */
    private readonly session: string,
    /** The key in the state folder, made on the first call. */
    private readonly file: () => Promise<Uint8Array>,
  ) {}

  /** The key for a new transfer, 32 bytes. @throws E_DISK, E_DISK_FULL, E_PERMISSION */
  async forNew(): Promise<Uint8Array> {
    return (await this.#lasting()) ?? this.file();
  }

  /** Every key that an earlier session may have sealed under. @throws as `forNew` */
  async *all(): AsyncGenerator<Uint8Array> {
    const secret = await this.#secret();
    if (secret !== undefined) yield secret;
    yield await this.file();
  }

  /** The secret storage's key, once it has outlived a session. */
  async #lasting(): Promise<Uint8Array | undefined> {
    const since = this.memory.get<unknown>(SESSION);
    if (since === undefined) await this.#deposit();
    return since === undefined || since === this.session ? undefined : this.#secret();
  }

  /**
   * A key that is there stays: another profile of the editor, which has a memory of its own but
   * the same secrets, may have sealed under it. Without a secret storage (no keyring, a locked
   * one) the file has to do.
   */
  async #deposit(): Promise<void> {
    try {
      if ((await this.secrets.get(KEY)) === undefined)
        await this.secrets.store(KEY, randomBytes(LENGTH).toString("base64"));
      await this.memory.update(SESSION, this.session);
    } catch {
      return;
    }
  }

  async #secret(): Promise<Uint8Array | undefined> {
    const text = await Promise.resolve(this.secrets.get(KEY)).catch(() => undefined);
    const bytes = Uint8Array.from(Buffer.from(text ?? "", "base64"));
    return bytes.length === LENGTH ? bytes : undefined;
  }
}
