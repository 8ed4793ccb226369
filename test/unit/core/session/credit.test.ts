import assert from "node:assert/strict";
import { CreditAccount } from "../../../../src/core/session/credit";

const MIB = 1024 * 1024;
const RECORD = 256 * 1024;

/** Every grant while that many bytes leave memory, with what had left by then. */
function grantsOf(account: CreditAccount, total: number): { freed: number; grant: number }[] {
  const grants: { freed: number; grant: number }[] = [];
  for (let freed = RECORD; freed <= total; freed += RECORD) {
    const grant = account.free(RECORD);
    if (grant !== undefined) grants.push({ freed, grant });
  }
  return grants;
}

describe("credit", () => {
  it("opens the window to 64 MiB, and no further", () => {
    const windows = grantsOf(new CreditAccount(false), 1024 * MIB).map((g) => g.grant - g.freed);
    assert.equal(windows[0], 8 * MIB);
    assert.equal(Math.max(...windows), 64 * MIB);
    assert.equal(windows.at(-1), 64 * MIB);
  });

  it("doubles it only when as many bytes have left memory", () => {
    const grants = grantsOf(new CreditAccount(false), 256 * MIB);
    for (const { freed, grant } of grants)
      assert.ok(grant - freed <= Math.max(8 * MIB, 2 * freed), `${grant} after ${freed}`);
  });

  it("grows without end and never shrinks", () => {
    const grants = grantsOf(new CreditAccount(false), 256 * MIB).map(({ grant }) => grant);
    assert.ok(grants.every((grant, i) => grant > (grants[i - 1] ?? 8 * MIB)));
  });

  it("stays at 8 MiB where the socket reads without being asked", () => {
    const grants = grantsOf(new CreditAccount(true), 256 * MIB);
    assert.ok(grants.length > 100);
    assert.ok(grants.every(({ freed, grant }) => grant - freed === 8 * MIB));
  });
});
