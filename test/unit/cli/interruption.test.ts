import assert from "node:assert/strict";
import { Interruption } from "../../../src/cli/interruption";

describe("interruption", () => {
  it("cancels while people are waited for", () => {
    const interruption = new Interruption();
    interruption.interrupt("SIGINT");
    const { aborted, reason } = interruption.signal;
    assert.ok(aborted);
    assert.equal((reason as { code: string }).code, "E_CANCELLED");
  });

  it("interrupts once bytes move", () => {
    const interruption = new Interruption();
    interruption.moving();
    interruption.interrupt("SIGTERM");
    assert.deepEqual((interruption.signal.reason as { details: unknown }).details, {
      reason: "SIGTERM",
    });
  });

  it("keeps its first meaning", () => {
    const interruption = new Interruption();
    interruption.interrupt("SIGINT");
    interruption.moving();
    interruption.interrupt("SIGINT");
    assert.equal((interruption.signal.reason as { code: string }).code, "E_CANCELLED");
  });

  it("is cut short by a second signal, but not by a terminal that hangs up again", () => {
    for (const first of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      const interruption = new Interruption();
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
        assert.equal(interruption.cutsShort(signal), false, `${signal} is the first`);
      interruption.interrupt(first);
      assert.ok(interruption.cutsShort("SIGINT"));
      assert.ok(interruption.cutsShort("SIGTERM"));
      assert.equal(interruption.cutsShort("SIGHUP"), false);
    }
  });
});
