import assert from "node:assert/strict";
import { isLink, readTyped, written } from "../../../src/host/invitationInput";

describe("typed invitation", () => {
  const cases: [string, ReturnType<typeof readTyped>["kind"]][] = [
    ["", "incomplete"],
    ["k7qm-3x9", "incomplete"],
    ["K7QM 3X9D T2V7", "invitation"],
    ["k7qm3x9dt2v7@192.168.1.5:4711", "invitation"],
    ["http://192.168.1.5:4711/#k7qm-3x9d-t2v7", "invitation"],
    ["vscode://secureshare.secureshare/receive#k7qm-3x9d-t2v7@ws://h:1", "invitation"],
    ["k7qm-3x9d-t2v8", "wrong"],
    ["k7mq-3x9d-t2v7", "wrong"],
    ["k7qm-3x9d-t2v7@not an address", "wrong"],
    ["http://192.168.1.5:4711/#k7qm", "incomplete"],
  ];
  for (const [text, kind] of cases) {
    it(`reads ${JSON.stringify(text)} as ${kind}`, () => {
      assert.equal(readTyped(text).kind, kind);
    });
  }

  it("writes an invitation back as a user would type it", () => {
    for (const text of ["k7qm-3x9d-t2v7", "k7qm-3x9d-t2v7@192.168.1.5:4711"]) {
      const typed = readTyped(text);
      assert.equal(typed.kind === "invitation" && written(typed.invitation), text);
    }
  });

  it("knows a link from what a user types", () => {
    assert.equal(isLink("http://relay/#k7qm-3x9d-t2v7"), true);
    assert.equal(isLink("k7qm-3x9d-t2v7@relay:1"), false);
  });
});
