import assert from "node:assert/strict";
import { test } from "node:test";
import { circles } from "./circles.ts";
import { repositoryFiles } from "./repository.ts";

test("no files import each other in a circle", () => {
  assert.deepEqual(circles(repositoryFiles()), []);
});

test("planted circles are caught, by value, by type and over three files", () => {
  const file = (name: string, other: string, type = "") => ({
    path: `src/core/${name}.ts`,
    text: `import ${type}{ x } from "./${other}.ts";\n`,
  });
  assert.deepEqual(circles([file("a", "b"), file("b", "a", "type ")]), [
    "src/core/a.ts -> src/core/b.ts -> src/core/a.ts",
  ]);
  assert.equal(circles([file("a", "b"), file("b", "c"), file("c", "a")]).length, 1);
  assert.equal(circles([file("a", "a")]).length, 1);
});

test("a file used twice is no circle", () => {
  const at = (path: string, text: string) => ({ path: `src/${path}`, text });
  const files = [
    at("a.ts", 'import "./b.ts";\nimport "./c.ts";'),
    at("b.ts", 'import "./c.ts";'),
    at("c.ts", 'import fs from "node:fs";'),
  ];
  assert.deepEqual(circles(files), []);
});
