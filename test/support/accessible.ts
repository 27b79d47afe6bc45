/** WCAG 2.1 A and AA, as far as a program can tell (axe-core): names and roles, contrast, structure. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];

interface Violation {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

/** What is shown now, in light and dark colours. */
export async function assertAccessible(page: Page): Promise<void> {
  await page.evaluate(axe);
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    const run = `axe.run(document, { runOnly: ${JSON.stringify(rules)} }).then(({ violations }) => violations)`;
    const violations = (await page.evaluate(run)) as Violation[];
    const told = violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`),
    );
    assert.deepEqual(told, [], colorScheme);
  }
}
