/** How the build makes the relay's program, for tests that make it themselves. */
import type { BuildOptions } from "esbuild";

const BUILD_SCRIPT: string = `${TEST_ROOT}scripts/build.mjs`;

/** The build's own options, with paths from the checkout's root. */
export async function relayBundle(): Promise<BuildOptions> {
  const { bundles } = (await import(BUILD_SCRIPT)) as { bundles: Record<string, BuildOptions> };
  const options = bundles["relay"];
  if (options === undefined) throw new Error("the build makes no relay");
  return { ...options, absWorkingDir: TEST_ROOT };
}
