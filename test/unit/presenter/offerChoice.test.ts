import assert from "node:assert/strict";
import type { OfferView } from "../../../src/bridge/state";
import { ItemSet } from "../../../src/core/files/itemSet";
import { Manifest } from "../../../src/core/files/manifest";
import type { Inspection } from "../../../src/core/ports";
import type { Offer, OfferDecision } from "../../../src/core/session/events";
import { OfferChoice } from "../../../src/presenter/offerChoice";
import { SHOWN_ITEMS } from "../../../src/presenter/transferState";
import { memorySpool } from "../../support/memory/files";

const PATHS = ["docs", "docs/a.txt", "docs/.git/hooks/x", "docs2/b.txt", "bad\u0007"];
const [FOLDER, FILE, DANGEROUS, OTHER, REFUSED] = [0, 1, 2, 3, 4] as const;

function setOf(size: number, ...items: number[]): ItemSet {
  const set = new ItemSet(size);
  for (const item of items) set.add(item);
  return set;
}

function inspection(size: number, changes: Partial<Inspection> = {}): Inspection {
  return {
    refused: new Map([[REFUSED, "control"]]),
    dangerous: setOf(size, DANGEROUS),
    conflicts: setOf(size, OTHER),
    freeBytes: 1000,
    ...changes,
  };
}

async function offerOf(
  paths: readonly string[],
  inspect: Offer["inspect"] = () => Promise.resolve(inspection(paths.length)),
): Promise<Offer> {
  const manifest = new Manifest(memorySpool());
  for (const path of paths) {
    const kind = path === "" ? "text" : path === "docs" ? "folder" : "file";
    const size = kind === "folder" ? 0 : 10;
    await manifest.append({ path, kind, size, mtime: 0, executable: false });
  }
  await manifest.seal();
  return { manifest, inspect };
}

async function chosen(folder = "/target"): Promise<OfferChoice> {
  const choice = await OfferChoice.open(await offerOf(PATHS), "rename");
  await choice.choose(folder);
  return choice;
}

function ticked({ items }: OfferView): number[] {
  return items.filter((item) => item.ticked).map(({ index }) => index);
}

function accepted(decision: OfferDecision | undefined): number[] {
  assert.equal(decision?.kind, "accepted");
  return decision.kind === "accepted" ? [...decision.items] : [];
}

describe("offer choice", () => {
  it("accepts nothing before a folder is chosen", async () => {
    const choice = await OfferChoice.open(await offerOf(PATHS), "rename");
    assert.equal(await choice.decision(), undefined);
    assert.equal(choice.view().folder, undefined);
  });

  it("ticks all but what is dangerous or refused in the chosen folder", async () => {
    const choice = await chosen();
    const view = choice.view();
    assert.deepEqual(ticked(view), [FOLDER, FILE, OTHER]);
    assert.deepEqual(view.selected, { items: 3, bytes: 20 });
    assert.deepEqual(
      [view.dangerous, view.refused, view.conflicts, view.freeBytes],
      [1, 1, 1, 1000],
    );
    assert.deepEqual(accepted(await choice.decision()), [FOLDER, FILE, OTHER]);
  });

  it("takes a dangerous item only when that item itself is ticked", async () => {
    const choice = await chosen();
    choice.tickAll(false);
    choice.tickAll(true);
    await choice.tickFolder("docs", true);
    assert.deepEqual(ticked(choice.view()), [FOLDER, FILE, OTHER]);
    choice.tick(DANGEROUS, true);
    assert.deepEqual(accepted(await choice.decision()), [FOLDER, FILE, DANGEROUS, OTHER]);
  });

  it("never takes a refused item", async () => {
    const choice = await chosen();
    choice.tick(REFUSED, true);
    choice.tickAll(true);
    assert.ok(!accepted(await choice.decision()).includes(REFUSED));
  });

  it("ticks a folder with what lies below it, and not its namesake", async () => {
    const choice = await chosen();
    await choice.tickFolder("docs", false);
    assert.deepEqual(ticked(choice.view()), [OTHER]);
  });

  it("has no answer while nothing is ticked", async () => {
    const choice = await chosen();
    choice.tickAll(false);
    assert.equal(await choice.decision(), undefined);
  });

  it("ignores numbers that are no items", async () => {
    const choice = await chosen();
    for (const index of [PATHS.length, 2 ** 40]) choice.tick(index, false);
    assert.deepEqual(ticked(choice.view()), [FOLDER, FILE, OTHER]);
  });

  it("keeps the later folder when the earlier one is looked at for longer", async () => {
    const answers = new Map<string, (result: Inspection) => void>();
    const offer = await offerOf(
      PATHS,
      (folder) => new Promise((resolve) => answers.set(folder, resolve)),
    );
    const choice = await OfferChoice.open(offer, "rename");
    const slow = choice.choose("/slow");
    const quick = choice.choose("/quick");
    answers.get("/quick")?.(inspection(PATHS.length));
    answers.get("/slow")?.(inspection(PATHS.length, { freeBytes: 1 }));
    await Promise.all([slow, quick]);
    assert.equal(choice.view().folder, "/quick");
    assert.equal(choice.view().freeBytes, 1000);
  });

  it("accepts what the user took out a moment before, however long that takes", async () => {
    const choice = await chosen();
    const ticking = choice.tickFolder("docs", false);
    assert.deepEqual(accepted(await choice.decision()), [OTHER]);
    await ticking;
  });

  it("accepts for the folder that was chosen last, and never for the one before it", async () => {
    interface Answer {
      resolve(result: Inspection): void;
      reject(error: Error): void;
    }
    const answers = new Map<string, Answer>();
    const inspect = (folder: string) =>
      new Promise<Inspection>((resolve, reject) => answers.set(folder, { resolve, reject }));
    const choice = await OfferChoice.open(await offerOf(PATHS, inspect), "rename");
    const choose = (folder: string) => choice.choose(folder).catch(() => undefined);
    const found = inspection(PATHS.length);
    void choose("/first");
    answers.get("/first")?.resolve(found);
    const first = await choice.decision();
    assert.equal(first?.kind === "accepted" && first.folder, "/first");

    void choose("/unreadable");
    const failing = choice.decision();
    answers.get("/unreadable")?.reject(new Error("EACCES"));
    assert.equal(await failing, undefined);
    assert.deepEqual(await choice.decision(), first, "the first one is shown again");

    void choose("/hangs");
    const superseded = choice.decision();
    void choose("/last");
    answers.get("/last")?.resolve(found);
    const last = await choice.decision();
    assert.equal(last?.kind === "accepted" && last.folder, "/last");
    answers.get("/hangs")?.resolve(found);
    assert.equal(await superseded, undefined);
  });

  it("accepts items beyond those that a view can show", async () => {
    const many = Array.from({ length: SHOWN_ITEMS + 10 }, (_, i) => `f${i}`);
    const offer = await offerOf(many, () =>
      Promise.resolve(inspection(many.length, { refused: new Map() })),
    );
    const choice = await OfferChoice.open(offer, "skip");
    await choice.choose("/target");
    assert.equal(choice.view().items.length, SHOWN_ITEMS);
    assert.equal(accepted(await choice.decision()).length, many.length - 1);
  });

  it("knows an offer of text alone", async () => {
    assert.equal((await OfferChoice.open(await offerOf([""]), "rename")).isText, true);
    assert.equal((await OfferChoice.open(await offerOf(["", "a"]), "rename")).isText, false);
  });
});
