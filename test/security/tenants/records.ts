/** Probes of what is told about objects rather than given of them: damage, undo, holds, figures; and of the export. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportFiles } from "../../../src/archive/transfer/index.ts";
import { connect } from "../../interop/dimse-archive.ts";
import { asked, type History, runnerOf, sharedObjects } from "./history.ts";
import type { Probe } from "./probes.ts";
import type { Clinic, Site } from "./site.ts";

const uidsIn = (text: string): Set<string> =>
  new Set(sharedObjects.map(({ sopInstanceUid }) => sopInstanceUid).filter((uid) => text.includes(`"${uid}"`)));

/** Who stored in any clinic, as damage names them. */
const everybody = ({ expected }: History): string[] =>
  [...expected.keys()].flatMap(({ keys, aeTitle }) => [`key:${keys.physicist}`, `ae:${aeTitle}`]);

/** What may be said back: whom one asked about. */
const withoutNames = (text: string, names: string[]): string =>
  names.reduce((left, name) => left.replaceAll(name, ""), text);

const damage: Probe = {
  name: "damage by everybody, asked in a clinic",
  shows: "ever",
  async see(site, clinic, history) {
    const names = everybody(history);
    const texts: string[] = [];
    for (const name of names) {
      const answer = await asked(site, clinic, "tenant-administrator", "GET", `/api/v1/damage?principal=${name}`);
      texts.push(withoutNames(await answer.text(), names));
    }
    return { text: texts.join("\n"), instances: uidsIn(texts.join("\n")) };
  },
};

/** As an administrator of the clinic. */
const undo: Probe = {
  name: "the plan of an undo of everybody, in one clinic",
  async see(site, clinic, history) {
    const names = everybody(history);
    const headers = await runnerOf(site, "administrator", clinic.tenant);
    const texts: string[] = [];
    for (const name of names) {
      const answer = await fetch(`${site.url}/api/v1/undo?principal=${name}`, { method: "POST", headers });
      texts.push(withoutNames(await answer.text(), names));
    }
    return { text: texts.join("\n") };
  },
};

const holds: Probe = {
  name: "legal holds, listed and by their ids",
  async see(site, clinic, history) {
    const texts = [await (await asked(site, clinic, "tenant-administrator", "GET", "/api/v1/holds")).text()];
    for (const [owner, { hold }] of history.ids) {
      if (owner.mark === clinic.mark) continue;
      // The same id in another clinic is another hold: neither a conflict nor a change of the other.
      const body = { patientId: "NOBODY", reason: "asks whether the id is taken" };
      const set = await asked(site, clinic, "tenant-administrator", "PUT", `/api/v1/holds/${hold}`, body);
      texts.push(set.status === 200 ? "" : `hold of ${owner.mark}: ${set.status}`);
    }
    return { text: texts.join("\n") };
  },
};

const figures: Probe = {
  name: "metrics, health and status, while an association stands",
  async see(site, clinic) {
    const association = await connect(site.dicomPort, [], undefined, clinic.aeTitle);
    const texts: string[] = [];
    for (const path of ["/metrics", "/healthz", "/readyz?with=behaviour", "/api/v1/status", "/api/v1/behaviour"])
      for (const role of ["service", "physicist"] as const)
        texts.push(await (await asked(site, clinic, role, "GET", path)).text());
    await association.release();
    return { text: texts.join("\n") };
  },
};

const exported: Probe = {
  name: "export of everything",
  shows: "now",
  async see(site, clinic) {
    const folder = await mkdtemp(join(tmpdir(), "holdfast-export-"));
    try {
      await exportAll(site, clinic, folder);
      const files = globSync("**/*", { cwd: folder }).filter(
        (name) => existsSync(join(folder, name)) && name.endsWith(".dcm"),
      );
      const bytes = files.map((name) => readFileSync(join(folder, name)).toString("latin1"));
      const names = sharedObjects.map(({ sopInstanceUid }) => sopInstanceUid);
      const instances = new Set(names.filter((uid) => bytes.some((one) => new RegExp(`${uid}[^0-9.]`).test(one))));
      return { text: [...files, ...bytes].join("\n"), instances };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function exportAll(site: Site, { tenant }: Clinic, folder: string): Promise<void> {
  const options = { folder, parallel: 1, clock: Date.now, stopped: () => false, onStart() {}, onFile() {} };
  const context = { actor: { user: { name: "local" } }, src: {}, protocol: "cli", operation: "export" } as const;
  await exportFiles({ ...options, archive: site.archive.tenant(tenant), context, target: {} }).catch((error) => {
    if (error.code !== "request/not-found") throw error;
  });
}

export const recordProbes: Probe[] = [damage, undo, holds, figures, exported];
