/** The attacker: goes from object to object until everything is touched, or until it has been refused long enough. */
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ServerProcess } from "../../test/support/server.ts";
import { curl, findscu, getscu, movescu, type Ran, remove, storescu, stow, wado } from "./clients.ts";
import type { Prepared } from "./prepare.ts";
import { bodyOf, damaged, perStudy, type Scenario, studies } from "./scenario.ts";

export interface Struck {
  acts: number;
  refused: number;
  /** Objects that it has got hold of. */
  taken: number;
}

interface Place {
  base: Prepared;
  server: ServerProcess;
  folder: string;
}

/** Refusals in a row after which it gives up, once it has tried for so long, ms. */
const patience = { refusals: 3, time: 3_000 } as const;
const titles = { vendor: "VENDOR1", physicist: "TPS1" } as const;

export const principalOf = ({ who, over }: Scenario, { ids }: Prepared): string =>
  over === "dimse" ? `peer:${titles[who]}` : ids[who];

/** @param enough aborted some seconds after the containment: who is held back without being refused would go on */
export async function strike(place: Place, scenario: Scenario, seed: number, enough: AbortSignal): Promise<Struck> {
  const loot = join(place.folder, "loot");
  mkdirSync(loot);
  const total = goesByObject(scenario) ? studies * perStudy : studies;
  const began = performance.now();
  let [acts, refused, inRow] = [0, 0, 0];
  const isOver = () =>
    enough.aborted ||
    acts >= total ||
    (inRow >= patience.refusals * scenario.speed.at && performance.now() - began > patience.time);
  const worker = async () => {
    while (!isOver()) {
      const { ok } = await act(place, scenario, acts++, seed);
      inRow = ok ? 0 : inRow + 1;
      if (!ok) refused++;
      await pause(scenario.speed.pause);
    }
  };
  await Promise.all(Array.from({ length: scenario.speed.at }, worker));
  return { acts, refused, taken: takenIn(loot) };
}

const goesByObject = ({ what, over }: Scenario): boolean =>
  what === "overwrite" || what === "encrypt" || (what === "delete" && over === "dimse");

async function act({ base, server, folder }: Place, scenario: Scenario, at: number, seed: number): Promise<Ran> {
  const { who, what, over } = scenario;
  const title = titles[who];
  const token = base.tokens[who];
  if (goesByObject(scenario)) {
    const index = (at * 13 + seed) % (studies * perStudy);
    const bytes = damaged(scenario, base.objects[index]!, index, seed);
    const file = join(folder, `act${at}`);
    writeFileSync(file, over === "dimse" ? bytes : bodyOf(bytes));
    return over === "dimse" ? storescu(title, server.dicomPort, file) : stow(token, server.url, file);
  }
  const { studyUid } = base.objects[((at * 3 + seed) % studies) * perStudy]!;
  const url = `${server.url}/dicom-web/studies`;
  if (what === "delete") return remove(token, `${url}/${studyUid}`);
  const out = join(folder, "loot", String(at));
  mkdirSync(out);
  if (over === "web") {
    await curl(token, `${url}?StudyInstanceUID=${studyUid}`, "/dev/null");
    return wado(token, `${url}/${studyUid}`, join(out, "study.multipart"));
  }
  await findscu(title, server.dicomPort, studyUid);
  // Four at once would share the one port that objects are sent to.
  if (seed % 3 !== 0 || scenario.speed.at > 1) return getscu(title, server.dicomPort, studyUid, out);
  return movescu(title, server.dicomPort, studyUid, out, base.ports[who]);
}

/** A multipart reply holds a whole study. @param until ms since 1970: what was there by then */
export function takenIn(loot: string, until = Number.POSITIVE_INFINITY): number {
  return readdirSync(loot, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && statSync(join(entry.parentPath, entry.name)).mtimeMs <= until)
    .reduce((sum, { name }) => sum + (name === "study.multipart" ? perStudy : 1), 0);
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
