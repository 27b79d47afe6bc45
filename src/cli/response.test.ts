import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { makeObject } from "../../test/support/made-object.ts";
import { need } from "../../test/support/need.ts";
import { killServers, mainFile, type ServerProcess, startServer } from "../../test/support/server.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-response-cli-"));
after(() => rmSync(root, { recursive: true }));
afterEach(killServers);

const newData = () => join(mkdtempSync(join(root, "data-")), "data");

/** Beside the server, whose answers this process must not wait for. */
function holdfast(
  server: ServerProcess,
  ...words: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [mainFile, ...words, "--url", server.url, "--json"], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

const storescu = (server: ServerProcess, title: string, file: string) =>
  spawnSync("storescu", ["-aet", title, "-aec", "HOLDFAST", "127.0.0.1", String(server.dicomPort), file], {
    encoding: "utf8",
  }).status;

test("holdfast contain reaches DICOM at once, survives a kill, spares others, and is released", {
  skip: need("storescu"),
}, async () => {
  const data = newData();
  const first = await startServer(data);
  const files = [1, 2, 3, 4, 5].map((instance) => {
    const path = join(root, `${instance}.dcm`);
    writeFileSync(path, makeObject({ instance }).file);
    return path;
  });
  assert.equal(storescu(first, "EVIL", files[0]!), 0);
  const contained = await holdfast(
    first,
    "contain",
    "peer:EVIL",
    "--action",
    "refuse",
    "--reason",
    "re-encrypts objects",
  );
  assert.equal(contained.code, 0, contained.stderr);
  const record = JSON.parse(contained.stdout);
  assert.deepEqual([record.state, record.action], ["active", "refuse"]);
  assert.notEqual(storescu(first, "EVIL", files[1]!), 0);
  assert.equal(storescu(first, "CT1", files[2]!), 0);
  await first.kill();
  const second = await startServer(data);
  assert.notEqual(storescu(second, "EVIL", files[3]!), 0);
  const released = await holdfast(second, "release", record.id, "--reason", "the account was reset");
  assert.equal(released.code, 0, released.stderr);
  assert.equal(storescu(second, "EVIL", files[4]!), 0);
  assert.equal((await holdfast(second, "release", "none", "--reason", "the account was reset")).code, 1);
  assert.equal((await holdfast(second, "alerts", "list")).code, 0);
  assert.equal(await second.stop(), 0);
});

test("metrics, logs, errors and the API of response tell nothing about patients", {
  skip: need("storescu", "curl"),
}, async () => {
  const data = newData();
  const server = await startServer(data, ["--log-level", "debug"]);
  const secret = {
    patient: "SECRETPID77",
    attributes: { PatientName: "Zebulon^Quirk", StudyDescription: "Rarediagnosis" },
  };
  const file = join(root, "secret.dcm");
  const made = makeObject(secret);
  writeFileSync(file, made.file);
  assert.equal(storescu(server, "CT1", file), 0);
  await holdfast(server, "contain", "peer:CT1", "--action", "refuse", "--reason", "looks like an attack");
  assert.notEqual(storescu(server, "CT1", file), 0);
  writeFileSync(file, made.file.subarray(0, made.file.length - 100));
  storescu(server, "CT2", file);
  const answers: string[] = [];
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${server.url}${path}`, init);
    const text = await response.text();
    if (response.status >= 400 || path.startsWith("/metrics") || path.startsWith("/api")) answers.push(text);
  };
  await ask("/dicom-web/studies?PatientID=SECRETPID77&PatientName=Zebulon*");
  await ask("/dicom-web/studies?PatientBirthDate=Zebulon^Quirk");
  await ask(`/dicom-web/studies/${made.studyUid}/series/Zebulon^Quirk`);
  await ask("/dicom-web/studies", { method: "POST", body: "SECRETPID77 Zebulon^Quirk" });
  await ask("/api/v1/alerts/SECRETPID77");
  await ask("/metrics");
  await ask("/api/v1/containments");
  await ask("/api/v1/status");
  assert.match(answers.join(), /holdfast_containments\{action="refuse"\} 1/);
  assert.equal(await server.stop(), 0);
  const everything = [server.stdout(), server.stderr(), ...answers].join("\n");
  for (const word of ["SECRETPID77", "Zebulon", "Quirk", "Rarediagnosis", made.sopInstanceUid, made.studyUid])
    assert.ok(!everything.includes(word), word);
});

test("a policy that fails its own example keeps the server from starting, and says why", async () => {
  const data = newData();
  const policy = join(root, "policy.json");
  const example = { name: "wrong", finding: { risk: 0.9, evidence: [] }, rule: "none" };
  writeFileSync(policy, JSON.stringify({ version: 1, contact: "IT", rules: [], examples: [example] }));
  const config = join(root, "holdfast.json");
  writeFileSync(config, JSON.stringify({ response: { policy: "policy.json" } }));
  await assert.rejects(
    startServer(data, ["--config", config]),
    /config\/invalid: .*Example "wrong" meets no rule, not none/,
  );
  writeFileSync(config, JSON.stringify({ response: { routes: [{ name: "a", type: "webhook" }] } }));
  await assert.rejects(startServer(data, ["--config", config]), /response\.routes\[0\]\.url is missing/);
});
