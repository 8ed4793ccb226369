import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import * as v from "valibot";
import { buildCli, CliBench } from "../../support/cli";

const run = promisify(execFile);
const packed = v.array(
  v.object({ filename: v.string(), files: v.array(v.object({ path: v.string() })) }),
);

describe("command line: as a package", function () {
  this.timeout(240_000);
  let bench: CliBench;
  before(buildCli);
  beforeEach(async () => {
    bench = await CliBench.open();
  });
  afterEach(() => bench.close());

  it("is packed, installed in a clean prefix without a network, and runs", async () => {
    const npm = (args: string[]) =>
      run("npm", [...args, "--offline", "--cache", bench.path("npm")], { cwd: TEST_ROOT });
    const { stdout } = await npm(["pack", "--json", "--pack-destination", bench.root]);
    const [tarball] = v.parse(packed, JSON.parse(stdout));
    assert.ok(tarball !== undefined);
    const paths = tarball.files.map(({ path }) => path);
    const allowed =
      /^(?:package\.json|README\.md|CHANGELOG\.md|LICENSE|dist\/(?:cli|relay|extension)\.js|dist\/page\.sha256|docs\/images\/(?:editor|page)\.png|dist\/(?:page|cli)\/[\w.-]+)$/;
    assert.deepEqual(
      paths.filter((path) => !allowed.test(path)),
      [],
    );
    assert.ok(paths.includes("dist/cli.js") && paths.includes("dist/page/index.html"));
    const prefix = bench.path("prefix");
    await mkdir(prefix);
    await npm(["install", "--global", "--prefix", prefix, bench.path(tarball.filename)]);
    const program = `${prefix}/bin/secureshare`;
    const { version } = JSON.parse(await readFile(`${TEST_ROOT}package.json`, "utf8")) as {
      version: string;
    };
    assert.equal((await run(program, ["--version"])).stdout, `${version}\n`);
    const help = await run(program, ["send", "--help"], { cwd: prefix });
    assert.match(help.stdout, /Usage: secureshare send/);
    await assert.rejects(run(program, ["frob"]), { code: 2 });
  });
});
