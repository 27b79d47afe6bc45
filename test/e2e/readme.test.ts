/** The README's commands, as written, on a fresh folder; only the ports are free ones. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { makeObject } from "../support/made-object.ts";
import { need } from "../support/need.ts";
import { killServers, startServer } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-readme-"));
after(() => rmSync(folder, { recursive: true }));
afterEach(killServers);
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Code blocks of a document that hold a word. */
function blocks(path: string, word: string): string[] {
  const text = readFileSync(join(root, path), "utf8");
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]!).filter((block) => block.includes(word));
}

const programs = need("bash", "storescu", "findscu", "echoscu", "getscu", "curl");

test("the first image goes in by storescu and by curl, and findscu and curl find it", { skip: programs }, async () => {
  const object = makeObject({ patient: "4711" });
  writeFileSync(join(folder, "image.dcm"), object.file);
  const server = await startServer(join(folder, "data"));
  const [script] = blocks("README.md", "storescu");
  const out = execFileSync("bash", ["-e"], {
    input: script!.replaceAll("11112", String(server.dicomPort)).replaceAll("http://127.0.0.1:8080", server.url),
    cwd: folder,
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
  });
  assert.match(out, /"00081199"/, "STOW answers with what it stored");
  const studies = JSON.parse(/[}\n](\[\{[\s\S]*)$/.exec(out)?.[1] ?? "[]");
  assert.equal(studies[0]["0020000D"].Value[0], object.studyUid);
  assert.equal(studies.length, 1);
  assert.equal(await server.stop(), 0);
});

test("the integrators' examples run", { skip: programs }, async () => {
  const server = await startServer(join(folder, "data"));
  const { studyUid, seriesUid, sopInstanceUid, file } = makeObject({ patient: "4711" });
  for (const block of [...blocks("docs/integrators.md", "echoscu"), ...blocks("docs/integrators.md", "curl")]) {
    const script = block
      .replaceAll("11112", String(server.dicomPort))
      .replaceAll("http://127.0.0.1:8080", server.url)
      .replaceAll(/\b1\.2\.3\.4\.5\b/g, sopInstanceUid)
      .replaceAll(/\b1\.2\.3\.4\b/g, seriesUid)
      .replaceAll(/\b1\.2\.3\b/g, studyUid);
    execFileSync("bash", ["-e"], { input: script, cwd: folder, stdio: ["pipe", "pipe", "pipe"] });
  }
  assert.ok(readFileSync(join(folder, "image.dcm")).equals(file), "curl fetched the very bytes");
  assert.equal(await server.stop(), 0);
});
