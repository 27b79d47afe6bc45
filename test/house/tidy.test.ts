import assert from "node:assert/strict";
import { test } from "node:test";
import { repositoryFiles } from "./repository.ts";
import { entrances, longestFile, rules } from "./tidy.ts";

for (const [name, rule] of Object.entries(rules)) {
  test(`the repository keeps the rule ${name}`, () => {
    assert.deepEqual(rule(repositoryFiles()), []);
  });
}

const planted: [rule: string, path: string, text: string][] = [
  ["fileLength", "src/core/long.ts", "x;\n".repeat(longestFile + 1)],
  ["unfinished", "src/core/a.ts", `// ${"TO" + "DO"}: later`],
  ["unfinished", "docs/a.md", `This is ${"not yet imple" + "mented"}.`],
  ["noConsole", "src/core/a.ts", `${"console"}.log("hello");`],
  ["injected", "src/vault/a.ts", "const now = Date.now();"],
  ["injected", "src/vault/a.ts", "const now = new Date();"],
  ["injected", "src/vault/a.ts", "const id = randomUUID();"],
  ["injected", "src/vault/a.ts", "const x = Math.random();"],
  ["injected", "src/vault/a.ts", "const t = performance.now();"],
  ["noMachinePaths", "docs/a.md", `see ${"/ho" + "me"}/someone/notes`],
  ["registryHosts", "package-lock.json", `"resolved": "https://registry.example.org/x.tgz"`],
  ["lockComplete", "package-lock.json", `{"packages":{"node_modules/a":{"optionalDependencies":{"a-win32":"1"}}}}`],
  ["registryHosts", ".npmrc", "//host/:_authToken=secret"],
];

for (const [rule, path, text] of planted) {
  test(`${rule} catches a planted violation in ${path}: ${text.slice(0, 40).trim()}`, () => {
    assert.equal(rules[rule]!([{ path, text }]).length, 1);
  });
}

test("every rule has a planted violation", () => {
  const caught = new Set(planted.map(([rule]) => rule));
  assert.deepEqual(
    Object.keys(rules).filter((rule) => !caught.has(rule)),
    [],
  );
});

test("every entrance of time and randomness exists and gives its reason", () => {
  const paths = new Set(repositoryFiles().map((file) => file.path));
  for (const [path, reason] of Object.entries(entrances)) {
    assert.ok(paths.has(path), `${path} does not exist`);
    assert.ok(reason.length > 10, `${path} needs a reason`);
  }
});

test("a file of the longest length passes", () => {
  assert.deepEqual(rules["fileLength"]!([{ path: "a.ts", text: "x;\n".repeat(longestFile) }]), []);
});
