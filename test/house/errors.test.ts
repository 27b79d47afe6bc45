import assert from "node:assert/strict";
import { test } from "node:test";
import { errorCodes } from "../../src/core/index.ts";
import { isSource, place, repositoryFiles, type TextFile } from "./repository.ts";

const groups = [...new Set(Object.keys(errorCodes).map((code) => code.split("/")[0]))].join("|");

/** Literals that look like codes. Their type is checked by the compiler; strings in scripts and pages are not. */
function literals(files: TextFile[]): { code: string; at: string }[] {
  const pattern = new RegExp(`["'\`]((?:${groups})/[a-z]+(?:-[a-z]+)*)["'\`]`, "g");
  return files.flatMap((file) =>
    [...file.text.matchAll(pattern)].map((match) => ({ code: match[1]!, at: place(file, match.index) })),
  );
}

const sources = repositoryFiles().filter((file) => isSource(file) && file.path !== "src/core/errors.ts");

test("every code in the sources is declared", () => {
  const unknown = literals(sources).filter(({ code }) => !(code in errorCodes));
  assert.deepEqual(unknown, []);
});

test("every declared code is used", () => {
  const used = new Set(
    literals(sources.filter((file) => file.path !== "src/cli/program/mends.ts")).map(({ code }) => code),
  );
  assert.deepEqual(
    Object.keys(errorCodes).filter((code) => !used.has(code)),
    [],
  );
});

test("every code in the documents is declared", () => {
  const documents = repositoryFiles().filter((file) => file.path.endsWith(".md"));
  assert.deepEqual(
    literals(documents).filter(({ code }) => !(code in errorCodes)),
    [],
  );
});

test("a planted unknown code is seen", () => {
  const planted = literals([{ path: "a.ts", text: `throw new Problem("storage/${"melted"}");` }]);
  assert.deepEqual(planted, [{ code: "storage/melted", at: "a.ts:1" }]);
});
