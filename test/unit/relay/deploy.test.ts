import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import type { PlainRefusal } from "../../../relay/counters";
import { METRICS } from "../../../relay/metrics";
import { LIMIT_NAMES, LIMITS } from "../../../relay/options";
import { relaySettings } from "../../../relay/settings";
import { CloseCode } from "../../../src/core/wire/closeCodes";

const DEPLOY = `${TEST_ROOT}deploy`;
const read = (path: string) => readFileSync(`${TEST_ROOT}${path}`, "utf8");

/** Prometheus's own series for every target. */
const OF_PROMETHEUS = new Set(["up"]);
const PLAIN_REFUSALS: Readonly<Record<PlainRefusal, true>> = {
  flooding: true,
  origin: true,
  badHttp: true,
  badTls: true,
  slowHeaders: true,
  connections: true,
  connecting: true,
  connects: true,
};
const REASONS = new Set([...Object.keys(CloseCode), ...Object.keys(PLAIN_REFUSALS)]);

/** Names of series in an expression: what stands before braces, ranges or operators. */
function seriesIn(expression: string): readonly string[] {
  const plain = expression.replace(/\{[^}]*\}|\[[^\]]*\]|\b(?:by|on)\s*\([^)]*\)/g, " ");
  const words = plain.match(/\b[a-z_]+\b(?!\s*\()/g) ?? [];
  return words.filter((word) => !["by", "on", "or", "and", "sum"].includes(word));
}

/** Values that the expression asks a label to have. */
function labelsIn(expression: string, label: string): readonly string[] {
  const values = expression.matchAll(new RegExp(`\\b${label}=~?"([^"$]+)"`, "g"));
  return Array.from(values, ([, value = ""]) => value.split("|")).flat();
}

function checkExpressions(expressions: readonly string[]): void {
  assert.ok(expressions.length > 5);
  for (const expression of expressions) {
    const series = seriesIn(expression);
    assert.ok(series.length > 0, expression);
    for (const name of series)
      assert.ok(name in METRICS || OF_PROMETHEUS.has(name), `${name} in ${expression}`);
    for (const reason of labelsIn(expression, "reason")) assert.ok(REASONS.has(reason), reason);
    for (const limit of labelsIn(expression, "limit"))
      assert.ok(
        LIMIT_NAMES.some((name) => name === limit),
        limit,
      );
  }
}

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
}

describe("relay: files for operators", () => {
  it("knows a wrong series when it sees one", () => {
    assert.deepEqual(seriesIn('sum by (a) (rate(foo_total{b="c"}[5m])) / on(i) bar > 0.1'), [
      "foo_total",
      "bar",
    ]);
  });

  it("has a dashboard that shows every figure, and none that does not exist", () => {
    const { panels } = JSON.parse(read("deploy/grafana-dashboard.json")) as Dashboard;
    const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    checkExpressions(expressions);
    const shown = new Set(expressions.flatMap(seriesIn));
    assert.deepEqual(
      Object.keys(METRICS).filter((name) => !shown.has(name)),
      [],
    );
  });

  it("has alerts about figures that exist", () => {
    const text = read("deploy/alerts.yaml");
    const expressions = Array.from(
      text.matchAll(/^ +expr: (?:>\n)?([\s\S]*?)(?=\n +(?:for|labels):)/gm),
      ([, expression = ""]) => expression,
    );
    assert.equal(expressions.length, text.match(/- alert:/g)?.length);
    checkExpressions(expressions);
  });

  it("sets only variables that the relay reads", () => {
    const names = new Set<string>();
    for (const file of readdirSync(DEPLOY))
      for (const [, name = ""] of read(`deploy/${file}`).matchAll(/SECURESHARE_RELAY_([A-Z_]+)/g))
        names.add(name.toLowerCase().replaceAll("_", "-"));
    assert.ok(names.size > 5);
    const otherValues = new Map([
      ["host", "::"],
      ["admin-host", "::"],
      ["origins", "https://relay.example"],
      ["trusted-proxies", "10.0.0.0/8"],
    ]);
    for (const name of names)
      assert.doesNotThrow(
        () => relaySettings([`--${name}`, otherValues.get(name) ?? "4711"], {}),
        name,
      );
  });

  it("runs no container or service as root", () => {
    assert.match(read("deploy/Dockerfile"), /^USER node$/m);
    assert.match(read("deploy/compose.yaml"), /^ +read_only: true$/m);
    assert.match(read("deploy/kubernetes.yaml"), /runAsNonRoot: true/);
    assert.match(read("deploy/secureshare-relay.service"), /^DynamicUser=yes$/m);
  });

  it("writes no rooms into proxies' logs", () => {
    assert.match(read("deploy/nginx.conf"), /^ +access_log off;$/m);
    assert.doesNotMatch(read("deploy/haproxy.cfg"), /httplog|log-format/);
    assert.doesNotMatch(read("deploy/Caddyfile"), /^\s*log\b/m);
    assert.match(read("deploy/kubernetes.yaml"), /enable-access-log: "false"/);
  });
});

describe("relay: its documentation", () => {
  const text = read("docs/RELAY.md");
  const flag = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

  for (const name of LIMIT_NAMES)
    it(`names --${flag(name)} with its default`, () => {
      const row = text.split("\n").find((line) => line.startsWith(`| \`--${flag(name)}\` |`));
      const [, , usual = ""] = row?.split("|") ?? [];
      assert.equal(
        usual
          .replace(/\(.*\)/, "")
          .replaceAll(",", "")
          .trim(),
        String(LIMITS[name].default),
      );
    });

  it("names every close code with its number, and every reason of a refusal", () => {
    for (const [name, code] of Object.entries(CloseCode))
      if (code !== CloseCode.normal) assert.ok(text.includes(`| ${code} | \`${name}\` |`), name);
    for (const reason of Object.keys(PLAIN_REFUSALS))
      assert.ok(text.includes(`\`${reason}\``), reason);
  });

  it("names every figure", () => {
    for (const name of Object.keys(METRICS)) assert.ok(text.includes(`\`${name}\``), name);
  });
});
