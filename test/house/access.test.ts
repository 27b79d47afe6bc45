/** The table of roles in docs/access.md is the policy. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { rolesTable } from "./access.ts";
import { root } from "./repository.ts";

test("docs/access.md lists the policy of roles as it is", () => {
  const words = (text: string): string => text.replace(/[\s|-]+/g, " ");
  const page = readFileSync(join(root, "docs/access.md"), "utf8");
  assert.ok(words(page).includes(words(rolesTable())), `the table should be:\n${rolesTable()}`);
});

test("each test that the threat model names exists", () => {
  const page = readFileSync(join(root, "docs/threat-model.md"), "utf8");
  const named = [...page.matchAll(/`((?:src|test)\/[\w./-]+\.test\.ts)`: “([^”]+)”/g)];
  assert.ok(named.length > 20);
  for (const [, file, title] of named)
    assert.ok(readFileSync(join(root, file!), "utf8").replace(/\s+/g, " ").includes(title!), `${file}: ${title}`);
});
