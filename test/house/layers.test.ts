import assert from "node:assert/strict";
import { test } from "node:test";
import { importsOf, layerViolations, rooms, strangerViolations } from "./layers.ts";
import { isSource, repositoryFiles } from "./repository.ts";

test("rooms import downwards only and enter one another through an index.ts", () => {
  const files = repositoryFiles();
  assert.ok(files.filter(isSource).flatMap(importsOf).length > 0, "no import was seen: the rule would pass in silence");
  assert.deepEqual(layerViolations(files), []);
});

test("every folder of src is a room of the table", () => {
  const folders = new Set(
    repositoryFiles()
      .filter(isSource)
      .map((file) => file.path.split("/")[1]),
  );
  assert.deepEqual(
    [...folders].filter((folder) => !rooms.includes(folder ?? "")),
    [],
  );
});

const planted: [what: string, path: string, text: string, complaint: RegExp][] = [
  ["upwards", "src/dicom/a.ts", `import { x } from "../http/index.ts";`, /dicom stands below http/],
  ["upwards by a type", "src/core/a.ts", `import type { X } from "../dicom/index.ts";`, /core stands below dicom/],
  ["upwards, lazily", "src/vault/a.ts", `const x = await import("../cli/index.ts");`, /vault stands below cli/],
  ["upwards, re-exported", "src/core/a.ts", `export * from "../gate/index.ts";`, /core stands below gate/],
  ["past the door", "src/http/a.ts", `import { x } from "../archive/store.ts";`, /enter archive through an index\.ts/],
  ["into the wire", "src/vault/a.ts", `import {\n  x,\n} from "../dimse/index.ts";`, /vault must not use dimse/],
  ["out of the house", "src/core/a.ts", `import { x } from "../../test/run.ts";`, /outside src/],
  ["into no room", "src/http/a.ts", `import { x } from "../utils/index.ts";`, /utils is not a room/],
  ["for an effect", "src/core/a.ts", `import "../cli/index.ts";`, /core stands below cli/],
];

for (const [what, path, text, complaint] of planted) {
  test(`a planted import ${what} is caught`, () => {
    const found = layerViolations([{ path, text: `// first line\n${text}\n` }]);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0]!, complaint);
  });
}

test("what is allowed is not flagged", () => {
  const files = [
    { path: "src/http/a.ts", text: `import { x } from "../archive/index.ts";\nimport y from "fastify";` },
    { path: "src/http/b/c.ts", text: `import { x } from "../../archive/transfer/index.ts";` },
    {
      path: "src/vault/a.test.ts",
      text: `import { x } from "../../test/support/need.ts";\nimport y from "./deep.ts";`,
    },
    { path: "src/archive/index.ts", text: "export {};" },
    { path: "src/archive/transfer/index.ts", text: "export {};" },
  ];
  assert.deepEqual(layerViolations(files), []);
});

test("the simulated clinic knows nothing of the engine that it tests", () => {
  const files = repositoryFiles();
  assert.ok(
    files.some((file) => file.path.startsWith("sim/clinic/")),
    "the rule would pass in silence",
  );
  assert.deepEqual(strangerViolations(files), []);
});

test("a planted use of the engine by the simulated clinic is caught", () => {
  const text = `import type { Finding } from "../../../src/behaviour/index.ts";`;
  const found = strangerViolations([{ path: "sim/clinic/work/a.ts", text }]);
  assert.match(found.join(), /sim\/clinic\/ must not use behaviour/);
  const allowed = `import { events } from "../../src/sources/index.ts";`;
  assert.deepEqual(strangerViolations([{ path: "sim/clinic/a.ts", text: allowed }]), []);
});
