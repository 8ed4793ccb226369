import assert from "node:assert/strict";
import * as esbuild from "esbuild";
import { relayBundle } from "./relayBundle";

describe("relay: what its program links", () => {
  it("is the wire format and the errors, and nothing that could decrypt", async function () {
    this.timeout(20_000);
    const { metafile } = await esbuild.build({
      ...(await relayBundle()),
      metafile: true,
      write: false,
    });
    const inputs = Object.keys(metafile?.inputs ?? {});
    const foreign = inputs.filter(
      (file) =>
        !/^(?:relay\/|src\/core\/wire\/|src\/core\/errors\.ts$|node_modules\/ws\/)/.test(file),
    );
    assert.deepEqual(foreign, []);
    assert.ok(inputs.includes("relay/relay.ts") && inputs.includes("src/core/wire/rooms.ts"));
  });
});
