import assert from "node:assert/strict";
import type { OfferEntry } from "../../../src/bridge/state";
import { isTickable, type OfferNode, offerTree } from "../../../webview/ui/transfer/offerTree";

function entries(...items: readonly (readonly [string, Partial<OfferEntry>?])[]): OfferEntry[] {
  return items.map(([path, more], index) => {
    const plain = { index, path, kind: "file", size: 1, ticked: true } as const;
    return Object.assign({ ...plain, dangerous: false, conflict: false, refused: undefined }, more);
  });
}

/** `name:ticks(children)` */
function sketch(nodes: readonly OfferNode[]): string {
  return nodes
    .map(({ name, ticks, children }) =>
      children.length === 0 ? `${name}:${ticks}` : `${name}:${ticks}(${sketch(children)})`,
    )
    .join(" ");
}

describe("offer tree", () => {
  it("groups paths under their folders in the order of the offer", () => {
    const tree = offerTree(entries(["b/2"], ["a"], ["b/1"]));
    assert.equal(sketch(tree), "b:all(2:all 1:all) a:all");
  });

  it("joins folders that hold one folder only, unless they are items themselves", () => {
    assert.equal(sketch(offerTree(entries(["a/b/c"], ["a/b/d"]))), "a/b:all(c:all d:all)");
    const own = offerTree(entries(["a", { kind: "folder" }], ["a/b/c"]));
    assert.equal(sketch(own), "a:all(b:all(c:all))");
    assert.equal(offerTree(entries(["a/b/c"]))[0]?.path, "a/b");
  });

  it("shows a folder as partly ticked when what is below it differs", () => {
    const tree = offerTree(entries(["a", { kind: "folder" }], ["a/1"], ["a/2", { ticked: false }]));
    assert.equal(sketch(tree), "a:some(1:all 2:none)");
  });

  it("gives refused items no say in their folder's tick", () => {
    const refused = { refused: "device", ticked: false } as const;
    const [mixed, none] = offerTree(entries(["a/1"], ["a/CON", refused]));
    assert.equal(mixed?.ticks, "all");
    assert.equal(none?.name, "a/CON");
    assert.equal(none !== undefined && isTickable(none), false);
  });

  it("keeps text items and both of two equal paths", () => {
    const twice = offerTree(
      entries(["", { kind: "text" }], ["a"], ["a", { refused: "duplicate" }]),
    );
    assert.deepEqual(
      twice.map(({ entry }) => entry?.index),
      [0, 1, 2],
    );
  });

  it("stays shallow however deep the paths are", () => {
    const deep = (length: number) => Array.from({ length }, () => "a").join("/");
    const tree = offerTree(
      entries([deep(2000)], [`${deep(2000)}/b`], ["../../etc", { refused: "dot" }]),
    );
    assert.equal(tree.length, 3);
    assert.ok(tree.every(({ children }) => children.length === 0));
  });

  it("takes names for names, whatever properties objects have", () => {
    const tree = offerTree(entries(["__proto__/constructor"], ["toString"]));
    assert.equal(sketch(tree), "__proto__:all(constructor:all) toString:all");
  });
});
