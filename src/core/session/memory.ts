/**
 * What a transfer remembers of itself in its journal. Without one (a text, a test) it
 * remembers for as long as the program lives. Saves are strictly one after the other.
 */
import * as v from "valibot";
import { wipe } from "../crypto/bytes";
import { SecureShareError } from "../errors";
import type { TransferDocument } from "../files/journal";
import { JOURNAL_VERSION } from "../files/journal";
import type { Clock, Journal } from "../ports";

/** Sealed in the document: digits, and one or two resume secrets. */
export interface Sealed {
  readonly digits: string;
  readonly psks: readonly Uint8Array[];
  /** Which of them is S's candidate; -1 when there is none, or for R. */
  readonly candidate: number;
}

/** How often a running transfer says in its journal that it is not forgotten. Milliseconds. */
const TOUCH = 3_600_000;
const PSK = 64;
const sealedHead = v.strictTuple([
  v.pipe(v.string(), v.regex(/^\d{6}$/)),
  v.picklist([-1, 0, 1]),
  v.picklist([1, 2]),
]);

/** Head as JSON on one line, then the secrets. */
async function sealSecrets(journal: Journal, sealed: Sealed): Promise<string> {
  const head = JSON.stringify([sealed.digits, sealed.candidate, sealed.psks.length]);
  const bytes = new Uint8Array(head.length + 1 + sealed.psks.length * PSK);
  bytes.set(new TextEncoder().encode(`${head}\n`));
  sealed.psks.forEach((psk, i) => bytes.set(psk, head.length + 1 + i * PSK));
  try {
    return await journal.seal(bytes);
  } finally {
    wipe(bytes);
  }
}

/** `undefined` when the wrapping key is gone or the content is foreign. */
export async function openSecrets(journal: Journal, sealed: string): Promise<Sealed | undefined> {
  const bytes = await journal.open(sealed);
  if (bytes === undefined) return undefined;
  try {
    const end = bytes.indexOf(10);
    const json: unknown = JSON.parse(new TextDecoder("utf-8").decode(bytes.subarray(0, end)));
    const head = v.safeParse(sealedHead, json);
    if (!head.success) return undefined;
    const [digits, candidate, count] = head.output;
    if (bytes.length !== end + 1 + count * PSK) return undefined;
    const at = (i: number) => bytes.slice(end + 1 + i * PSK, end + 1 + (i + 1) * PSK);
    return { digits, candidate, psks: Array.from({ length: count }, (_, i) => at(i)) };
  } catch {
    return undefined;
  } finally {
    wipe(bytes);
  }
}

/** What both sides' documents begin with. */
export type Head = Pick<
  TransferDocument,
  "version" | "id" | "sealed" | "createdAt" | "touchedAt" | "keepForMs" | "verify" | "automated"
>;

/** What the documents say of how a transfer was begun. */
type Settings = Pick<Head, "keepForMs" | "verify" | "automated">;

/** Writes documents in the order in which they were made. */
export class Memory {
  #tail: Promise<void> = Promise.resolve();
  #forgotten = false;
  #createdAt: number;

  constructor(
    private readonly journal: Journal | undefined,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {
    this.#createdAt = clock.wall();
  }

  /** The secrets of a document of a former run. @throws E_RESUME_LOST */
  async open({ sealed, createdAt }: TransferDocument): Promise<Sealed> {
    this.#createdAt = createdAt;
    const secrets = this.journal && (await openSecrets(this.journal, sealed));
    if (secrets === undefined) throw new SecureShareError("E_RESUME_LOST", {});
    return secrets;
  }

  /** Settles when the document that `make` gives, made when its turn comes, is durable. */
  save(sealed: () => Sealed, make: (head: Head) => TransferDocument): Promise<void> {
    const { journal, clock } = this;
    if (journal === undefined || this.#forgotten) return Promise.resolve();
    const { keepForMs, verify, automated } = this.settings;
    const saved = this.#tail.then(async () => {
      const head: Head = {
        version: JOURNAL_VERSION,
        id: journal.id,
        sealed: await sealSecrets(journal, sealed()),
        createdAt: this.#createdAt,
        touchedAt: clock.wall(),
        keepForMs,
        verify,
        automated,
      };
      await journal.save(make(head));
    });
    this.#tail = saved.catch(() => {});
    return saved;
  }

  /**
   * Saves every hour, until the function that this gives is called: a transfer may run for
   * longer without any event than one that was interrupted is kept.
   */
  touching(save: () => Promise<void>): () => void {
    const controller = new AbortController();
    const run = async () => {
      for (;;) {
        await this.clock.sleep(TOUCH, controller.signal);
        await save().catch(() => {});
      }
    };
    run().catch(() => {});
    return () => controller.abort(new Error("over"));
  }

  /** The transfer is over: nothing of it stays, and nothing comes back. */
  async forget(): Promise<void> {
    this.#forgotten = true;
    await this.#tail;
    await this.journal?.forget();
  }
}
