/** The table of roles in docs/access.md is the policy. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { rolesTable } from "./access.ts";
import { root } from "./repository.ts";

test("docs/access.md lists the policy of roles as it is", () => {
  const words = (text: string): string => text.replace(/[\s|-]+/g, " ");
  const page = readFileSync(join(root, "docs/access.md"), "utf8");
  assert.ok(words(page).includes(words(rolesTable())), `the table should be:\n${rolesTable()}`);
});

const reference = /`((?:src|test)\/[\w./-]+\.test\.ts)`: “([^”]+)”/g;

/** Threats of the page without a test that is there, one line each. */
function unproved(page: string): string[] {
  return page
    .split("\n")
    .filter((line) => /^\|(?:[^|]+\|){3}$/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter(([, threat]) => threat !== "threat" && !/^-+$/.test(threat!))
    .flatMap(([, threat, , proof = ""]) => {
      const missing = [...proof.matchAll(reference)].filter(([, file, title]) => !hasTest(file!, title!));
      const rest = proof
        .replace(reference, "")
        .replace(/\band\b/g, "")
        .trim();
      return [
        ...missing.map(([named]) => `${threat}: there is no ${named}`),
        ...(rest === "" && proof !== "" ? [] : [`${threat}: ${rest || "no test"}`]),
      ];
    });
}

function hasTest(file: string, title: string): boolean {
  return existsSync(join(root, file)) && readFileSync(join(root, file), "utf8").replace(/\s+/g, " ").includes(title);
}

test("each threat of the threat model names a test that is there", () => {
  const page = readFileSync(join(root, "docs/threat-model.md"), "utf8");
  assert.ok([...page.matchAll(reference)].length > 60);
  assert.deepEqual(unproved(page), []);
  const row = (proof: string) => `| a threat | a defence | ${proof} |`;
  for (const planted of ["", "to be done", "`test/house/tidy.test.ts`: “no such test”", "`test/none.test.ts`: “x”"])
    assert.equal(unproved(row(planted)).length, 1, planted);
});
