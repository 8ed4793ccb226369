import assert from "node:assert/strict";
import { ownVectors } from "../../../support/ownVectors/all";
import { smallVectors } from "../../../support/vectors";

describe("own vectors", () => {
  for (const file of ["codes.json", "handshake.json", "records.json"])
    it(`${file} is what the code does`, async () => {
      const made: unknown = JSON.parse(JSON.stringify((await ownVectors())[file]));
      assert.deepEqual(made, smallVectors<unknown>(file));
    });
});
