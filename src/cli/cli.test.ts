import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { errorCodes } from "../core/index.ts";
import { newKeyFile } from "../vault/keys/key-file.ts";
import { runHere } from "./testing/command.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-cli-"));
after(() => rmSync(folder, { recursive: true }));

const run = (...words: string[]) => runHere(words, folder);
const commands = ["serve", "import", "export", "verify", "keys show-location", "keys backup"];

test("--help lists the commands, and each has help of its own", async () => {
  const { code, stdout } = await run("--help");
  assert.equal(code, 0);
  assert.match(stdout, /Exit codes: 0 done, 1 the answer is no, 2 usage, 3 cannot run/);
  for (const command of commands) {
    assert.match(stdout, new RegExp(`^  ${command.split(" ")[0]}`, "m"));
    const help = await run(...command.split(" "), "--help");
    assert.equal(help.code, 0);
    assert.match(help.stdout, /^Usage: holdfast /);
  }
});

test("every command that does something shows examples", async () => {
  for (const command of ["serve", "import", "export", "verify", "keys backup"]) {
    assert.match((await run(...command.split(" "), "--help")).stdout, /Examples:\n {2}holdfast /, command);
  }
});

test("--version prints the package's", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  assert.deepEqual(await run("--version"), { code: 0, stdout: `${version}\n`, stderr: "" });
});

const usage: [words: string[], complaint: RegExp][] = [
  [[], /Usage: holdfast/],
  [["sreve"], /unknown command 'sreve'\n\(Did you mean serve\?\)\nSee holdfast --help/],
  [
    ["serve", "--dicomport", "1"],
    /unknown option '--dicomport'\n\(Did you mean --dicom-port\?\)\nSee holdfast serve --help/,
  ],
  [["serve", "--dicom-port", "x"], /Give a whole number/],
  [["serve", "--dicom-port", "70000"], /dicomPort must be at most 65535/],
  [["serve", "--config", "nowhere.json"], /nowhere\.json cannot be read/],
  [["serve", "--host", "0.0.0.0"], /config\/invalid.*--insecure-network/],
  [["serve", "extra"], /too many arguments/],
  [["import"], /missing required argument 'path'/],
  [["import", "nowhere"], /There is no .*nowhere/],
  [["import", "--parallel", "0", "."], /whole number from 1 to 64/],
  [["import", "--url", "ftp://x", "."], /--url must be/],
  [["export", "--all"], /required option '--out <dir>'/],
  [["export", "--out", "o"], /Say what to export/],
  [["export", "--out", "o", "--all", "--patient", "x"], /Say what to export/],
  [["export", "--out", "o", "--all", "--as-of", "yesterday"], /Give a time with its zone/],
  [["export", "--out", "o", "--all", "--as-of", "2026-04-20T03:00:00"], /Give a time with its zone/],
  [["keys", "backup"], /missing required argument 'file'/],
];

for (const [words, complaint] of usage) {
  test(`usage: holdfast ${words.join(" ")}`, async () => {
    const { code, stdout, stderr } = await run(...words);
    assert.match(stderr, complaint);
    assert.deepEqual([code, stdout], [2, ""]);
  });
}

test("commands that read refuse a folder that is no archive, and make none", async () => {
  for (const words of [
    ["verify"],
    ["export", "--all", "--out", "o"],
    ["keys", "show-location"],
    ["keys", "backup", "k"],
  ]) {
    const { code, stderr } = await run(...words, "--data", "none");
    assert.equal(code, 3, words.join(" "));
    assert.match(stderr, /request\/not-found: .*There is no archive in/);
  }
  assert.equal(statSync(join(folder, "none"), { throwIfNoEntry: false }), undefined);
});

test("with --json an error is one JSON line with its code and mend", async () => {
  const { stdout, code } = await run("verify", "--data", "none", "--json");
  const { error } = JSON.parse(stdout);
  assert.equal(code, 3);
  assert.equal(error.code, "request/not-found");
  assert.ok(error.code in errorCodes && error.message.length > 0);
});

test("the key file is copied once, readable by its owner only", async () => {
  const [keyFile, copy] = [join(folder, "a.key"), join(folder, "copy.key")];
  const text = JSON.stringify(newKeyFile("a", "2026-01-01T00:00:00Z", randomBytes));
  writeFileSync(keyFile, text);
  const words = ["keys", "backup", copy, "--key-file", keyFile];
  assert.equal((await run(...words)).code, 0);
  assert.equal(readFileSync(copy, "utf8"), text);
  assert.equal(statSync(copy).mode & 0o777, 0o400);
  const again = await run(...words);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /exists already; name a new one/);
  assert.deepEqual(JSON.parse((await run("keys", "show-location", "--key-file", keyFile, "--json")).stdout), {
    keyFile,
    exists: true,
  });
  const gone = await run("keys", "show-location", "--key-file", join(folder, "b.key"));
  assert.deepEqual([gone.code, gone.stdout], [1, `${join(folder, "b.key")}\n`]);
});
