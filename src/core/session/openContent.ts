/** Opens the receiver's target: afresh, or where a former run stopped. */
import { errorCode } from "../errors";
import type { ItemSet } from "../files/itemSet";
import type { SettledEntry } from "../files/journal";
import type { Manifest } from "../files/manifest";
import type { KnownProgress, Note, ResumableSink } from "../ports";
import type { SettledBefore } from "./books";
import type { OfferDecision, ReceiverUi } from "./events";
import { Intake } from "./intake";
import type { Segment } from "./plaintext";
import { Progress } from "./progress";
import type { ReceiverPorts } from "./transfer";

export type Accepted = Extract<OfferDecision, { kind: "accepted" }>;

/** What is open once the user has accepted. */
export interface Content {
  readonly intake: Intake;
  /** Ends the writing, once, however often the results must be said. */
  readonly finish: () => Promise<void>;
  readonly items: ItemSet;
  readonly progress: Progress;
  readonly files: number;
  readonly startedAt: number;
}

/** What a former run left of a receiver's transfer, beside its document. */
export interface ReceiverPast {
  readonly manifest: Manifest;
  readonly known: KnownProgress;
  readonly settled: SettledBefore;
  /** Gives each settled item's entry of the log, for the user's results. */
  readonly eachSettled?: (take: (entry: SettledEntry) => Promise<void>) => Promise<void>;
}

/** Told as soon as each is there: a failure later on must find them, to clean up. */
export interface Opening {
  sink(sink: ResumableSink): void;
  intake(intake: Intake): void;
  announce(segment: Segment): void;
}

/** @throws E_NO_SPACE, E_PERMISSION, E_DISK */
export async function openContent(
  ports: ReceiverPorts,
  ui: ReceiverUi,
  manifest: Manifest,
  { folder, items, conflict }: Accepted,
  past: ReceiverPast | undefined,
  opening: Opening,
): Promise<Content> {
  const sink = ports.sink(folder);
  opening.sink(sink);
  if (past === undefined) await sink.begin(manifest, items, conflict);
  else await sink.resume(manifest, items, conflict, past.known);
  const { bytes, files } = await sumsOf(manifest, items);
  const { clock, hash } = ports;
  const note: Note = ports.journal?.note ?? (async () => {});
  const progress = new Progress(clock, bytes, (event) => ui.event(event));
  const found = past === undefined ? [] : await settlePublished(past, sink, note);
  const intake = new Intake({
    manifest,
    accepted: items,
    sink,
    hash,
    progress,
    tell: (event) => {
      if (event.kind === "item") progress.flush();
      ui.event(event);
    },
    note,
    announce: (segment) => opening.announce(segment),
    before: new Map([
      ...(past?.settled ?? []),
      ...found.map(({ item }) => [item, "published"] as const),
    ]),
  });
  opening.intake(intake);
  await intake.start(past && ((index, item) => sink.reopen(index, item)));
  ui.event({ kind: "step", step: "accepted", items: items.count, bytes });
  const tell = (entry: SettledEntry) => tellAgain(ui, manifest, entry);
  await past?.eachSettled?.(tell);
  for (const entry of found) await tell(entry);
  let finished: Promise<void> | undefined;
  const finish = () => {
    finished ??= sink.finish();
    return finished;
  };
  return { intake, finish, items, progress, files, startedAt: clock.now() };
}

/** What a former run finished belongs to the results of this one. */
async function tellAgain(ui: ReceiverUi, manifest: Manifest, entry: SettledEntry): Promise<void> {
  const { item: index, outcome, error, sha256, path: finalPath } = entry;
  const code = error === null ? undefined : errorCode(error);
  const item = await manifest.get(index);
  ui.event({ kind: "item", index, item, sha256, outcome, error: code, finalPath });
}

async function sumsOf(
  manifest: Manifest,
  items: ItemSet,
): Promise<{ bytes: number; files: number }> {
  let [bytes, files] = [0, 0];
  for (const index of items) {
    const { size, kind } = await manifest.get(index);
    bytes += size;
    if (kind !== "folder") files++;
  }
  return { bytes, files };
}

/**
 * What was published but not yet written down as settled. That is done now: a later run must
 * see that nothing is left to do, should S have gone by then.
 */
async function settlePublished(
  { settled, known }: ReceiverPast,
  sink: ResumableSink,
  note: Note,
): Promise<SettledEntry[]> {
  const entries: SettledEntry[] = [];
  const settle = async (item: number, path: string) => {
    if (settled.has(item) || !(await sink.wasPublished(item))) return;
    const entry: SettledEntry = { k: "settled", item, outcome: "written", error: null, path };
    await note(entry);
    entries.push(entry);
  };
  await Promise.all(Array.from(known.publish, ([item, { path }]) => settle(item, path)));
  return entries;
}
