/** An archive with people, devices and a canary, and an attack on it that raises a real alert. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { openArchive } from "../../src/archive/index.ts";
import { type Action, type DeviceRole, type Role, totpCode, totpStep } from "../../src/gate/index.ts";
import { byLocal, bytesOfBase32, openGate } from "./gate.ts";
import { makeObject } from "./made-object.ts";
import { type ServerProcess, startServer } from "./server.ts";
import { markPrivate } from "./traces/traces.ts";

const password = "correct horse battery staple";
markPrivate(password);

export interface Clinic {
  data: string;
  /** `serve` with the canaries that were planted; the same archive however often. */
  serve(more?: string[]): Promise<ServerProcess>;
  /** A code of the person's authenticator. */
  code(person: string): string;
  /** Of the key of a program that reads and writes over DICOMweb. */
  token: string;
  /** Study Instance UIDs that nobody has a reason to touch. */
  canaries: string[];
}

/** @param devices AE titles with their roles; a linac is critical */
export async function makeClinic(
  folder: string,
  people: Record<string, Role>,
  devices: Record<string, DeviceRole>,
): Promise<Clinic> {
  mkdirSync(folder, { recursive: true });
  const place = { dataFolder: join(folder, "data"), keyFile: join(folder, "key.json") };
  await using archive = await openArchive({ ...place, now: () => Date.now() - 3_600_000 });
  const gate = await openGate(archive, { clock: Date.now });
  const secrets = new Map<string, string>();
  for (const [name, role] of Object.entries(people)) {
    await gate.users.put({ name, roles: [role], tenant: "default" }, byLocal);
    await gate.users.setPassword(name, password, byLocal);
    secrets.set(name, (await gate.users.resetTotp(name, byLocal)).secret);
  }
  for (const [aeTitle, role] of Object.entries(devices)) {
    const critical = role === "linac" ? { critical: true } : {};
    await gate.peers.put({ aeTitle, role, tenant: "default", addresses: ["127.0.0.1"], ...critical }, byLocal);
  }
  const scopes: Action[] = ["query", "retrieve", "store", "delete"];
  const expiresAt = Date.now() + 3_600_000;
  const { token } = await gate.keys.add(
    { name: "export", role: "service", scopes, tenant: "default", expiresAt },
    byLocal,
  );
  const canaries: string[] = [];
  for (const study of [1, 2, 3]) {
    const { file, studyUid } = makeObject({ patient: `CANARY${study}`, study });
    const from = { actor: { app: "CT1" }, src: { ip: "192.0.2.1", ae_title: "CT1" } };
    const sink = archive.store({ ...from, protocol: "dimse", operation: "C-STORE" }, { form: "file" });
    await sink.write(file);
    await sink.end();
    canaries.push(studyUid);
  }
  const digests = canaries.map((uid) => createHash("sha256").update(uid).digest("hex"));
  return {
    data: place.dataFolder,
    canaries,
    token: token!,
    code: (person) => totpCode(bytesOfBase32(secrets.get(person)!), totpStep(Date.now())),
    serve: (more = []) =>
      startServer(place.dataFolder, ["--key-file", place.keyFile, ...more], {
        HOLDFAST_BEHAVIOUR_CANARIES: JSON.stringify(digests),
      }),
  };
}

/** A device takes a study by C-GET (DCMTK). */
export function takes(server: ServerProcess, title: string, study: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const words = ["-S", "-aet", title, "-aec", "HOLDFAST", "-od", folder, "-k", "QueryRetrieveLevel=STUDY"];
  spawnSync("getscu", [...words, "-k", `StudyInstanceUID=${study}`, "127.0.0.1", String(server.dicomPort)]);
}

export async function logIn(page: Page, url: string, clinic: Clinic, person: string): Promise<void> {
  await page.goto(url);
  await page.fill("#user", person);
  await page.fill("#password", password);
  await page.fill("#code", clinic.code(person));
  await page.click("#login button[type=submit]");
  await page.locator("#person", { hasText: person }).waitFor();
}
