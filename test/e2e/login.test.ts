/** A person logs in on the page: by password and code, by passkey (Chromium's virtual authenticator), and out again. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { chromium, type Page } from "playwright-core";
import { runHere } from "../../src/cli/testing/command.ts";
import { totpCode, totpStep } from "../../src/gate/index.ts";
import { bytesOfBase32 } from "../support/gate.ts";
import { makeObject } from "../support/made-object.ts";
import { need, programPath } from "../support/need.ts";
import { killServers, startServer } from "../support/server.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-login-"));
after(() => rmSync(root, { recursive: true }));
afterEach(killServers);

async function withAuthenticator(page: Page): Promise<{ copies(): Promise<number> }> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    copies: async () => (await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials.length,
  };
}

test("password and code, then a passkey in their place; storing through the session; logging out", {
  skip: need("chromium"),
}, async () => {
  const made = await runHere(["users", "add", "anna", "--role", "physicist", "--json"], root);
  const { secret, password } = JSON.parse(made.stdout);
  const server = await startServer(join(root, "data"));
  const url = server.url.replace("127.0.0.1", "localhost");
  const browser = await chromium.launch({
    executablePath: programPath("chromium")!,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const page = await browser.newPage();
    const authenticator = await withAuthenticator(page);
    await page.goto(url);
    await page.fill("#user", "anna");
    await page.fill("#password", "not the password");
    await page.fill("#code", totpCode(bytesOfBase32(secret), totpStep(Date.now())));
    await page.click("#login button[type=submit]");
    await page.locator("#login-failure:not(:empty)").waitFor();
    await page.fill("#password", password);
    await page.click("#login button[type=submit]");
    assert.equal(await page.locator("#person").textContent(), "anna");
    await page.setInputFiles("#files", { name: "a.dcm", mimeType: "application/dicom", buffer: makeObject().file });
    await page.locator(".content", { hasText: "P1" }).waitFor();
    await page.click("#add-passkey");
    await page.locator("#add-passkey", { hasText: "Passkey added" }).waitFor();
    assert.equal(await authenticator.copies(), 1);
    await page.click("#logout");
    const sent = page.waitForRequest((request) => request.url().endsWith("/session/passkey"));
    await page.locator("#by-passkey").click();
    assert.equal(await page.locator("#person").textContent(), "anna");
    const body = (await sent).postData()!;
    const replayed = await fetch(`${url}/api/v1/session/passkey`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    assert.equal(replayed.status, 401, "an answer counts once");
    const [cookie] = await page.context().cookies();
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, "Strict"]);
  } finally {
    await browser.close();
  }
  assert.equal(await server.stop(), 0);
});
