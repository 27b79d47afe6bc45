import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { HoldfastError } from "../../core/index.ts";
import { environmentOptions } from "./environment.ts";
import { configSchema, loadConfig, momentOf } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-config-"));
after(() => rmSync(folder, { recursive: true }));
for (const name of ["cert.pem", "key.pem", "ca.pem"]) writeFileSync(join(folder, name), "");

let count = 0;
async function load(stated: unknown, environment: NodeJS.ProcessEnv = {}, options = {}, name = "a.json") {
  const file = join(folder, `${count++}-${name}`);
  writeFileSync(file, typeof stated === "string" ? stated : JSON.stringify(stated));
  return loadConfig({ cwd: folder, environment, file, options });
}

async function refusal(...given: Parameters<typeof load>): Promise<string> {
  try {
    await load(...given);
  } catch (error) {
    assert.ok(error instanceof HoldfastError && error.code === "config/invalid", String(error));
    return error.detail ?? "";
  }
  assert.fail("was not refused");
}

test("with nothing stated, the defaults stand", async () => {
  const cwd = mkdtempSync(join(folder, "empty-"));
  const config = await loadConfig({ cwd, environment: {} });
  assert.equal(config.data, join(cwd, "data"));
  assert.equal(config.keyFile, undefined);
  assert.deepEqual([config.host, config.dicomPort, config.httpPort], ["127.0.0.1", 11112, 8080]);
  assert.equal(config.aeTitle, "HOLDFAST");
  assert.equal(config.limits.pduLength, 131_072);
  assert.deepEqual([config.peers, config.tls, config.insecureNetwork], [[], {}, false]);
});

test("file, environment and command line override in this order, option by option", async () => {
  const file = { aeTitle: "FILE", httpPort: 1, dicomPort: 2, limits: { associations: 7, associationsPerPeer: 5 } };
  const environment = { HOLDFAST_HTTP_PORT: "3", HOLDFAST_LIMITS_ASSOCIATIONS: "9", HOLDFAST_DICOM_PORT: "4" };
  const config = await load(file, environment, { dicomPort: 5 });
  assert.equal(config.aeTitle, "FILE");
  assert.deepEqual([config.httpPort, config.dicomPort], [3, 5]);
  assert.deepEqual([config.limits.associations, config.limits.associationsPerPeer], [9, 5]);
});

test("relative paths are meant from where they are written", async () => {
  const elsewhere = join(folder, "elsewhere");
  mkdirSync(elsewhere, { recursive: true });
  const file = join(elsewhere, "holdfast.config.json");
  writeFileSync(file, `{"data": "store", "keyFile": "../keys/k"}`);
  const config = await loadConfig({ cwd: folder, environment: { HOLDFAST_CONFIG: file } });
  assert.equal(config.data, join(elsewhere, "store"));
  assert.equal(config.keyFile, join(folder, "keys/k"));
  const stated = await loadConfig({ cwd: folder, environment: { HOLDFAST_DATA: "x" }, file });
  assert.equal(stated.data, join(folder, "x"));
});

test("a file in the working folder is found, JSON or YAML, and two of them are refused", async () => {
  const cwd = mkdtempSync(join(folder, "found-"));
  writeFileSync(join(cwd, "holdfast.config.yaml"), "aeTitle: YAML\nlimits:\n  idleSeconds: 5\n");
  const config = await loadConfig({ cwd, environment: {} });
  assert.deepEqual([config.aeTitle, config.limits.idleSeconds], ["YAML", 5]);
  writeFileSync(join(cwd, "holdfast.config.json"), "{}");
  await assert.rejects(loadConfig({ cwd, environment: {} }), /keep one/);
});

test("a view is a time or so long ago; no time that exists and a title taken are refused", async () => {
  const views = [
    { aeTitle: "NIGHT", asOf: "2026-04-20T03:00:00Z" },
    { aeTitle: "YESTERDAY", asOf: "24h" },
  ];
  const config = await load({ views });
  assert.deepEqual(
    config.views.map(({ asOf }) => momentOf(asOf)),
    [{ at: Date.UTC(2026, 3, 20, 3) }, { ago: 86_400_000 }],
  );
  assert.match(
    await refusal({ views: [{ aeTitle: "HOLDFAST", asOf: "1d" }] }),
    /views\[0\]\.aeTitle HOLDFAST is taken/,
  );
  assert.match(
    await refusal({ views: [{ aeTitle: "X", asOf: "2026-13-20T03:00:00Z" }] }),
    /views\[0\]\.asOf is no time/,
  );
  assert.match(await refusal({ views: [{ aeTitle: "X", asOf: "yesterday" }] }), /asOf/);
});

test("every option can be set by the environment", async () => {
  const environment = {
    HOLDFAST_TLS_HTTP_CERT: "cert.pem",
    HOLDFAST_TLS_HTTP_KEY: "key.pem",
    HOLDFAST_PEERS: `[{"aeTitle":"A","host":"h","port":104,"tls":{"ca":"ca.pem"}}]`,
    HOLDFAST_ACCEPT_UNKNOWN_SOP_CLASSES: "1.2.3, 1.2.4",
    HOLDFAST_INSECURE_NETWORK: "true",
  };
  const config = await load({}, environment);
  assert.equal(config.tls.http?.cert, join(folder, "cert.pem"));
  assert.equal(config.peers[0]?.tls?.ca, join(folder, "ca.pem"));
  assert.deepEqual(config.acceptUnknownSopClasses, ["1.2.3", "1.2.4"]);
  assert.equal(config.insecureNetwork, true);
  assert.deepEqual((await load({}, { HOLDFAST_ACCEPT_UNKNOWN_SOP_CLASSES: "all" })).acceptUnknownSopClasses, "all");
  for (const option of Object.keys(configSchema.properties).filter((name) => name !== "$schema")) {
    assert.ok(
      [...environmentOptions.values()].some(({ path }) => path[0] === option),
      `${option} has no variable`,
    );
  }
});

test("variables that other programs set are left alone", async () => {
  await load({}, { HOLDFAST_PORT: "tcp://10.0.0.1:80", HOLDFAST_SERVICE_HOST: "10.0.0.1", HOLDFAST_NO_SKIP: "1" });
});

const tls = { cert: "cert.pem", key: "key.pem" };
const wrong: [stated: unknown, complaint: RegExp][] = [
  ["{", /not valid JSON/],
  ["[]", /must hold one object/],
  [{ dicomport: 4 }, /^dicomport is not an option; did you mean dicomPort\?/],
  [{ colour: 4 }, /^colour is not an option; the options here are data, host/],
  [{ limits: { idleSecond: 4 } }, /^limits\.idleSecond is not an option; did you mean idleSeconds\?/],
  [{ data: 5 }, /^data must be a string/],
  [{ data: "" }, /^data must NOT have fewer/],
  [{ host: "a b" }, /^host must match/],
  [{ dicomPort: "104" }, /^dicomPort must be a whole number/],
  [{ dicomPort: -1 }, /^dicomPort must be at least 0/],
  [{ httpPort: 65536 }, /^httpPort must be at most 65535/],
  [{ dicomPort: 1104, httpPort: 1104 }, /both 1104; give each its own/],
  [{ aeTitle: "THIS_IS_FAR_TOO_LONG" }, /^aeTitle must match .*1 to 16 printable/],
  [{ aeTitle: "A\\B" }, /^aeTitle must match/],
  [{ aeTitle: "   " }, /^aeTitle must match/],
  [{ keyFile: 1 }, /^keyFile must be a string/],
  [{ data: "d", keyFile: "d/key" }, /^keyFile lies inside data/],
  [{ tls: { dicom: { cert: "cert.pem" } } }, /^tls\.dicom\.key is missing/],
  [{ tls: { http: { ...tls, key: "nowhere.pem" } } }, /^tls\.http\.key names .*nowhere\.pem, which cannot be read/],
  [{ tls: { http: { ...tls, cert: "." } } }, /^tls\.http\.cert names .*, which is not a file/],
  [{ tls: { dicom: { ...tls, clientCertificates: "required" } } }, /tls\.dicom\.ca is missing/],
  [{ tls: { dicom: { ...tls, ca: "ca.pem" } } }, /tls\.dicom\.ca has no use/],
  [{ tls: { dicom: { ...tls, clientCertificates: "yes" } } }, /must be one of required, optional, none/],
  [{ peers: [{ aeTitle: "A", host: "h" }] }, /^peers\[0\]\.port is missing; port the peer listens on/],
  [{ peers: [{ aeTitle: "A", host: "h", port: 0 }] }, /^peers\[0\]\.port must be at least 1/],
  [
    { peers: [{ aeTitle: "A", host: "h", port: 1, tls: { cert: "cert.pem" } }] },
    /peers\[0\]\.tls\.cert is set without key/,
  ],
  [{ peers: [{ aeTitle: "A", host: "h", port: 1, tls: { ca: "none.pem" } }] }, /peers\[0\]\.tls\.ca names/],
  [{ peers: [1, 2].map((port) => ({ aeTitle: "A", host: "h", port })) }, /^peers\[1\]\.aeTitle A is stated twice/],
  [{ limits: { pduLength: 1 } }, /^limits\.pduLength must be at least 4096/],
  [{ limits: { associations: 2, associationsPerPeer: 3 } }, /associationsPerPeer \(3\) exceeds/],
  [{ limits: { artimSeconds: 1.5 } }, /^limits\.artimSeconds must be a whole number/],
  [{ acceptUnknownSopClasses: "some" }, /^acceptUnknownSopClasses must be a list, or "all"/],
  [{ acceptUnknownSopClasses: ["1.02"] }, /^acceptUnknownSopClasses\[0\] must match/],
  [{ compression: "zip" }, /^compression must be one of auto, always, off/],
  [{ retentionDays: -1 }, /^retentionDays must be at least 0/],
  [{ publicUrl: "ftp://x" }, /^publicUrl must match/],
  [{ logLevel: "loud" }, /^logLevel must be one of/],
  [{ insecureNetwork: "yes" }, /^insecureNetwork must be true or false/],
  [{ host: "0.0.0.0" }, /reachable from the network but tls\.dicom, tls\.http are not set/],
  [{ host: "::", tls: { http: tls } }, /but tls\.dicom is not set; .*--insecure-network/],
];

for (const [stated, complaint] of wrong) {
  test(`refused: ${JSON.stringify(stated)}`, async () => assert.match(await refusal(stated), complaint));
}

test("several wrong options are named at once", async () => {
  assert.match(await refusal({ dicomPort: -1, colour: 1 }), /colour is not an option.*dicomPort must be at least 0/);
});

test("YAML that cannot be read is refused with its place", async () => {
  assert.match(await refusal("a: [", {}, {}, "a.yaml"), /not valid YAML: .*line 1/);
});

test("a file that is not there is refused", async () => {
  await assert.rejects(loadConfig({ cwd: folder, environment: {}, file: "nowhere.json" }), /cannot be read/);
});

test("a wrong variable is refused, naming the one that was meant", async () => {
  assert.match(
    await refusal({}, { HOLDFAST_HTTPPORT: "80" }),
    /HOLDFAST_HTTPPORT is not an option; did you mean HOLDFAST_HTTP_PORT\?/,
  );
  assert.match(await refusal({}, { HOLDFAST_PEERS: "[{]" }), /HOLDFAST_PEERS is not valid JSON/);
  assert.match(await refusal({}, { HOLDFAST_DICOM_PORT: "abc" }), /^dicomPort must be a whole number/);
});

test("beyond loopback everything is authenticated, or stated to be open", async () => {
  const peers = [{ aeTitle: "A", host: "h", port: 104 }];
  assert.equal((await load({ host: "0.0.0.0", peers, tls: { dicom: tls, http: tls } })).host, "0.0.0.0");
  assert.equal((await load({ host: "0.0.0.0" }, {}, { insecureNetwork: true })).insecureNetwork, true);
  for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"]) await load({ host });
});
