/** Names that lead elsewhere: in requests, and in what is written to disk. */
import assert from "node:assert/strict";
import { globSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, afterEach, test } from "node:test";
import { runHere } from "../../src/cli/testing/command.ts";
import { openMirrored } from "../../src/vault/mirror/index.ts";
import { makeObject } from "../support/made-object.ts";
import { killServers, startServer } from "../support/server.ts";
import { answerTo } from "./raw.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-paths-")));
after(() => rmSync(root, { recursive: true }));
afterEach(killServers);

const ways = [
  "../secret.txt",
  "..%2fsecret.txt",
  "%2e%2e/secret.txt",
  "%2e%2e%2fsecret.txt",
  "..%5csecret.txt",
  "....//secret.txt",
  "%252e%252e%252fsecret.txt",
  "..%c0%afsecret.txt",
  "..;/secret.txt",
  "secret.txt%00.js",
  "%2fetc%2fpasswd",
  "../holdfast.json",
  "../data/holdfast.json",
];
const entrances = ["/", "/page/", "/api/v1/", "/api/v1/mirror/files/journal/", "/dicom-web/studies/", "/witness/"];

test("no path of a request leads to a file, however it is written", async () => {
  const data = join(root, "served", "data");
  mkdirSync(join(root, "served"));
  const server = await startServer(data);
  writeFileSync(join(root, "served", "secret.txt"), "the secret");
  writeFileSync(join(data, "secret.txt"), "the secret");
  const manifest = readFileSync(join(data, "holdfast.json"), "utf8");
  const { port } = new URL(server.url);
  for (const entrance of entrances)
    for (const way of ways)
      for (const prefix of ["", "x/../../", "../".repeat(8)]) {
        const path = entrance + prefix + way;
        // Written by hand: a client library would resolve the dots itself.
        const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
        const { said } = await answerTo(Number(port), [request]);
        assert.match(said, /^HTTP\/1\.1 40[0-4] /, path);
        assert.ok(!said.includes("the secret") && !said.includes(manifest) && !said.includes("root:"), path);
      }
  assert.equal(await server.stop(), 0);
});

test("a mirror reads files of the journal and the vault, and nothing beside them", async () => {
  const data = join(root, "served", "data");
  for (const name of [
    ...ways,
    "journal/../secret.txt",
    "journal/../../secret.txt",
    "vault/../holdfast.json",
    "lock",
    "catalogue/catalogue.db",
  ])
    await assert.rejects(openMirrored(data, name), { code: "request/not-found" }, name);
  await (await openMirrored(data, "holdfast.json")).close();
});

test("an export writes below its folder alone, whatever patients, studies and series are called", async () => {
  const folder = join(root, "exported");
  mkdirSync(folder);
  const names = [
    "../../escaped",
    "/etc/escaped",
    "..",
    ".",
    "C:\\escaped",
    "a\u0000b",
    "~/escaped",
    "-rf",
    "\u202efdp",
    "con",
  ];
  mkdirSync(join(folder, "in"));
  for (const [index, name] of names.entries()) {
    const attributes = {
      StudyDescription: name,
      SeriesDescription: name,
      StudyDate: "",
      AccessionNumber: "",
      Modality: name.slice(0, 16),
    };
    writeFileSync(join(folder, "in", `${index}.dcm`), makeObject({ study: index + 1, patient: name, attributes }).file);
  }
  const run = (...words: string[]) => runHere(words, folder);
  const imported = await run("import", "--data", "data", "in");
  assert.equal(imported.code, 0, imported.stderr);
  const before = new Set(globSync("**/*", { cwd: root }));
  const exported = await run("export", "--data", "data", "--all", "--out", "one/two/out");
  assert.equal(exported.code, 0, exported.stderr);
  const made = globSync("**/*", { cwd: root }).filter((path) => !before.has(path));
  const out = join("exported", "one", "two", "out");
  const outside = made.filter((path) => relative(out, path).startsWith("..") && !out.startsWith(path));
  assert.deepEqual(
    outside.filter((path) => !path.startsWith(join("exported", "data"))),
    [],
  );
  assert.equal(made.filter((path) => path.endsWith(".dcm")).length, names.length);
  for (const path of made)
    assert.doesNotMatch(path.slice(out.length + 1), /(?:^|\/)(?:\.\.?|-)|[\p{Cc}\u202e\\:]/u, path);
});
