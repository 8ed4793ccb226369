/** axe-core, run in a page of a test's. */
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";

interface AxeResult {
  violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
}

export async function readAxe(): Promise<string> {
  return await readFile(`${TEST_ROOT}node_modules/axe-core/axe.min.js`, "utf8");
}

/** What WCAG 2.2 AA forbids, on the whole document. `source`: what `readAxe` gave. */
export async function axe(page: Page, source: string): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(source);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  // What passes is not asked for: telling it in full takes longer than finding what does not.
  const options = { runOnly: tags, resultTypes: ["violations"] };
  const { violations } = await page.evaluate<AxeResult>(
    `axe.run(document, ${JSON.stringify(options)})`,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ""}`),
  );
}
