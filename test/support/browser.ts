/** Debian's Chromium for tests of the page. */
import assert from "node:assert/strict";
import { type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { programPath } from "./need.ts";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Waits for an expression to become true; evaluated from outside, as the page's policy forbids it inside. */
export async function until(page: Page, expression: string): Promise<void> {
  for (let tries = 0; !(await page.evaluate(expression)); tries++) {
    assert.ok(tries < 400, `never true: ${expression}`);
    await page.waitForTimeout(50);
  }
}

/** A page that nothing was thrown on, and that asked nothing of anybody but the server, or the test fails. */
export async function withPage(
  width: number,
  action: (page: Page, complaints: string[]) => Promise<void>,
  more: BrowserContextOptions = {},
): Promise<void> {
  const browser = await chromium.launch({ executablePath: programPath("chromium")!, args: flags });
  try {
    const context = await browser.newContext({ viewport: { width, height: 900 }, ...more });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith("http://127.0.0.1") && !request.url().startsWith("blob:"))
        complaints.push(request.url());
    });
    await action(page, complaints);
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
  }
}
