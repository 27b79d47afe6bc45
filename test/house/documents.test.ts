import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { test } from "node:test";
import { buildProgram } from "../../src/cli/program/commands.ts";
import { brokenLinks, commandLines, wrongCommand } from "./documents.ts";
import { generated } from "./generated.ts";
import { repositoryFiles, root } from "./repository.ts";

const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
const program = buildProgram(
  {
    stdout: sink,
    stderr: sink,
    variables: {},
    cwd: root,
    clock: () => 0,
    newId: () => "",
    onStop: () => () => {},
  },
  () => {},
);

for (const [path, make] of Object.entries(generated)) {
  test(`${path} is what the code makes it (npm run docs)`, () => {
    const [stands, made] = [readFileSync(join(root, path), "utf8"), make()];
    if (path.endsWith(".json")) assert.deepEqual(JSON.parse(stands), JSON.parse(made));
    else assert.equal(stands, made);
  });
}

test("every link in the documents leads somewhere", () => {
  assert.deepEqual(
    brokenLinks(repositoryFiles(), (path) => existsSync(join(root, path))),
    [],
  );
});

test("every holdfast command and option in the documents exists", () => {
  const lines = commandLines(repositoryFiles());
  assert.ok(lines.length > 5, "no command line was seen: the rule would pass in silence");
  const wrong = lines.flatMap(({ at, words }) => {
    const complaint = wrongCommand(program, words);
    return complaint ? [`${at}: ${complaint}`] : [];
  });
  assert.deepEqual(wrong, []);
});

test("a planted broken link is caught", () => {
  const file = {
    path: "docs/a.md",
    text: "# One\nsee [b](b.md), [c](../c.md), [self](#one), [none](#two), [web](https://x.org)",
  };
  assert.deepEqual(
    brokenLinks([file], (path) => path === "c.md" || path === "docs/a.md"),
    ["docs/a.md:2 links to b.md, which does not exist", "docs/a.md:2 links to #two, which does not exist"],
  );
});

test("planted wrong commands and options are caught", () => {
  const text =
    "Run `npx holdfast exprt --all`.\n```\nholdfast import --quick x\nholdfast keys show-location --json\n```\nThe holdfast server.";
  const lines = commandLines([{ path: "docs/a.md", text }]);
  assert.deepEqual(
    lines.map(({ words }) => wrongCommand(program, words)),
    ["there is no command exprt", "import has no option --quick", undefined],
  );
});
