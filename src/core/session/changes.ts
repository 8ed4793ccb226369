/**
 * Files that are not any more what was offered (docs/PROTOCOL.md, "Changed files"). With the
 * consent of both users such an item begins anew, with its new size, in an epoch of its own;
 * without it, it is given up. Either side remembers what it has taken, and one answer: items
 * go in order, so the connection may break between the two answers and nobody is asked twice.
 */
import { SecureShareError } from "../errors";
import { CHANGES_MAX, type ReceiverChange, type SenderChange } from "../files/journal";
import type { ChangedFile, Manifest, OfferItem } from "../files/manifest";
import type { FoundFile, Source } from "../ports";
import { abortable, type Deferred, deferred } from "./async";
import type { Channel } from "./channel";
import type { ControlOf } from "./control";
import type { ChangedQuestion } from "./events";
import type { Intake } from "./intake";
import { violation } from "./outcome";

type Ask = (question: ChangedQuestion, signal: AbortSignal) => Promise<boolean>;

/** Asks this side's user once for each form of an item. */
class Consent {
  #last: { readonly about: string; readonly given: boolean } | undefined;

  constructor(private readonly ask: Ask) {}

  async to(about: string, question: ChangedQuestion, signal: AbortSignal): Promise<boolean> {
    if (this.#last?.about === about) return this.#last.given;
    const given = await this.ask(question, signal);
    this.#last = { about, given };
    return given;
  }
}

/** The list with `change` in place of an earlier one of the same item. */
function replaced<C extends ReceiverChange>(list: readonly C[], change: C): C[] {
  return [...list.filter(({ item }) => item !== change.item), change];
}

export class SenderChanges {
  #taken: readonly SenderChange[] = [];
  #pending: { readonly item: number; readonly answer: Deferred<boolean> } | undefined;
  readonly #consent: Consent;

  constructor(
    private readonly ports: { readonly source: Source },
    ask: Ask,
    /** Makes `taken` durable, and tells. */
    private readonly keep: () => Promise<void>,
  ) {
    this.#consent = new Consent(ask);
  }

  get taken(): readonly SenderChange[] {
    return this.#taken;
  }

  async restore(taken: readonly SenderChange[]): Promise<void> {
    for (const change of taken) await this.#take(change);
  }

  /**
   * True when both users want the item as it is now: then it stands so in the manifest, and
   * the next epoch sends it. False when it is to be given up.
   */
  async renew(
    index: number,
    item: OfferItem,
    channel: Channel,
    scope: AbortSignal,
  ): Promise<boolean> {
    const found = await this.#wanted(index, item, scope);
    if (found === undefined) return false;
    const { size, mtime } = found;
    const pending = { item: index, answer: deferred<boolean>() };
    this.#pending = pending;
    await channel.sendControl({ t: "changed", item: index, size, mtime });
    if (!(await abortable(pending.answer.promise, scope))) return false;
    await this.#take({ item: index, ...found });
    await this.keep();
    return true;
  }

  /** R's answer. @throws E_PROTOCOL when nothing was asked */
  answered({ item, taken }: ControlOf<"again">): void {
    if (this.#pending?.item !== item) throw violation("CONTROL");
    this.#pending.answer.resolve(taken);
    this.#pending = undefined;
  }

  async #wanted(
    index: number,
    item: OfferItem,
    scope: AbortSignal,
  ): Promise<FoundFile | undefined> {
    if (this.#taken.length >= CHANGES_MAX) return undefined;
    const found = await this.ports.source.changes?.look(index, item);
    if (found === undefined) return undefined;
    const question = { item, now: found, freeBytes: undefined };
    const given = await this.#consent.to(`${index} ${found.identity}`, question, scope);
    return given ? found : undefined;
  }

  async #take(change: SenderChange): Promise<void> {
    const { manifest, changes } = this.ports.source;
    await manifest.amend(change.item, change);
    changes?.take(change.item, change.identity);
    this.#taken = replaced(this.#taken, change);
  }
}

export class ReceiverChanges {
  #taken: readonly ReceiverChange[] = [];
  readonly #consent: Consent;

  constructor(
    ask: Ask,
    /** Bytes free in the target folder, if that is known. */
    private readonly freeBytes: () => Promise<number | undefined>,
    private readonly keep: () => Promise<void>,
  ) {
    this.#consent = new Consent(ask);
  }

  get taken(): readonly ReceiverChange[] {
    return this.#taken;
  }

  async restore(taken: readonly ReceiverChange[], manifest: Manifest): Promise<void> {
    for (const change of taken) await manifest.amend(change.item, change);
    this.#taken = taken;
  }

  /**
   * What to answer to S. When it is yes, nothing of the item's old form is kept.
   * @throws E_PROTOCOL for an item that cannot begin anew, E_NO_SPACE
   */
  async reconsider(
    { item: index, size, mtime }: ControlOf<"changed">,
    manifest: Manifest,
    intake: Intake,
    scope: AbortSignal,
  ): Promise<boolean> {
    if (index >= manifest.length) throw violation("changed item");
    const item = await manifest.get(index);
    if (item.kind !== "file" || !intake.awaits(index)) throw violation("changed item");
    if (intake.settledBefore(index)) return false;
    const known = this.#taken.some((c) => c.item === index && c.size === size && c.mtime === mtime);
    if (!known && !(await this.#wanted(index, item, { size, mtime }, intake, scope))) return false;
    await intake.restart(index);
    if (known) return true;
    await manifest.amend(index, { size, mtime });
    intake.resize(size - item.size);
    this.#taken = replaced(this.#taken, { item: index, size, mtime });
    await this.keep();
    return true;
  }

  async #wanted(
    index: number,
    item: OfferItem,
    now: ChangedFile,
    intake: Intake,
    scope: AbortSignal,
  ): Promise<boolean> {
    if (this.#taken.length >= CHANGES_MAX) return false;
    const free = await this.freeBytes();
    const question = { item, now, freeBytes: free };
    const about = `${index} ${now.size} ${now.mtime}`;
    if (!(await this.#consent.to(about, question, scope))) return false;
    const { position } = intake;
    const needed = now.size - (position.item === index ? position.offset : 0);
    if (free !== undefined && needed > free)
      throw new SecureShareError("E_NO_SPACE", { needed, free });
    return true;
  }
}
