/**
 * What must hold of every history, whatever fails and whenever. Each is stated once, here, and named in the account of
 * a history that breaks it; planted.ts proves of each that it can fail.
 */
import { isDeepStrictEqual } from "node:util";
import { differingTables } from "../../src/archive/rebuild/compare.ts";
import { catchUp } from "../../src/archive/writer/catch-up.ts";
import { openCatalogue } from "../../src/catalogue/index.ts";
import { codeOf } from "../../src/core/index.ts";
import type { Damage } from "../../src/recovery/index.ts";
import { type KeyChanges, layoutOf, type VerifyReport } from "../../src/vault/index.ts";
import { CompactRange } from "../../src/vault/journal/merkle.ts";
import type { Keyring } from "../../src/vault/keys/keyring.ts";
import type { Gone } from "./gone.ts";
import { type Model, seenAfterUndo, seenIn } from "./model.ts";
import { fileOf, type Opened, seenAt, tenants } from "./parts/machine.ts";
import type { SimulatedMirror } from "./parts/mirror.ts";
import type { SimulatedWitness } from "./parts/witness.ts";
import { openedBy } from "./sealed.ts";
import { type Entry, namesOf, type Truth } from "./truth.ts";

export const invariants = {
  opens: "after every fall the archive opens again",
  acknowledgedIsKept: "nothing acknowledged is lost, and it is read back byte for byte",
  nothingIsInvented: "nothing is in the archive that nobody sent",
  journalOnlyGrows: "an entry that was durable never changes and never goes",
  asOfIsFixed: "what was to be seen at a moment never changes once the moment is past",
  checkpointsAgree: "no two checkpoints disagree, and each is true of the journal",
  catalogueIsProjection: "the catalogue is what the journal says and nothing else",
  damageIsExact: "the blast radius is exactly what the principal did",
  undoIsExact: "undo brings back exactly what the principal changed and nobody else has changed since",
  redoIsIdentity: "an undo that is undone leaves what was there before it",
  replicaIsTrue: "a recovery point that was stated comes back whole, from the replica alone",
  replicaIsOurs: "a replica is never taken for that of another history",
  halfIsNone: "half a restored archive is none",
  witnessIsTrue: "a witness cosigns one history, that of its archive, and stays by it whoever falls",
  witnessIsLevel: "a witness that is reached cosigns the newest checkpoint, or refuses another history",
  mirrorIsTrue: "what a mirror took is its origin's, whole, and stays, whoever falls or lies",
  mirrorIsLevel: "a mirror that reaches its origin comes level with it, or refuses another history",
  goneWasDue: "nothing is erased that was not ordered, and nothing collected that somebody needs",
  goneIsGone: "what was erased or collected is read by nobody, whatever is still there",
  erasedIsSealed: "no key file that is left opens a key that was destroyed, in any copy of the data",
  keysSettle: "an exchange of keys comes to its end once the copies are reached",
  verifyIsGreen: "verification finds nothing wrong where nothing was altered",
  damageIsNamed: "what was altered is named, and never read as if it were whole",
} as const;

export type Invariant = keyof typeof invariants;

export class Broken extends Error {
  readonly invariant: Invariant;

  constructor(invariant: Invariant, detail: string) {
    super(`${invariant}: ${invariants[invariant]}. ${detail}`);
    this.invariant = invariant;
  }
}

export function hold(invariant: Invariant, holds: boolean, detail: () => string): void {
  if (!holds) throw new Broken(invariant, detail());
}

export async function acknowledgedIsKept(
  { archive }: Opened,
  truth: Truth,
  entries: Entry[],
  gone: Gone,
): Promise<void> {
  for (const { tenant, uid, version, digest, since } of truth.stored.values()) {
    const left = gone.versions.get(`${tenant} ${uid} ${version}`);
    const late = left !== undefined && left < since;
    hold("acknowledgedIsKept", !late, () => `Version ${version} of ${uid} was gone when it was acknowledged.`);
    if (left !== undefined) continue;
    const of = archive.tenant(tenant);
    const ref = (await of.versions(uid)).find((each) => each.version === version);
    hold("acknowledgedIsKept", ref !== undefined, () => `Version ${version} of ${uid} is missing.`);
    const found = await fileOf(of, ref!).catch((error) => codeOf(error));
    hold("acknowledgedIsKept", found === digest, () => `Version ${version} of ${uid} is read as ${found}.`);
  }
  const names = new Set(entries.flatMap(namesOf));
  for (const answered of [...truth.deleted, ...truth.read])
    hold("acknowledgedIsKept", names.has(answered), () => `${answered} is not in the journal.`);
}

export function goneWasDue({ wrongs }: Gone): void {
  hold("goneWasDue", wrongs.length === 0, () => `Of the journal ${wrongs.join(", and ")}.`);
}

export async function goneIsGone({ archive }: Opened, gone: Gone): Promise<void> {
  for (const name of gone.versions.keys()) {
    const [tenant, uid, version] = name.split(" ") as [string, string, string];
    const of = archive.tenant(tenant);
    const ref = (await of.versions(uid)).find((each) => each.version === Number(version));
    hold("goneIsGone", ref !== undefined, () => `Version ${version} of ${uid} is not even named.`);
    const found = await fileOf(of, ref!).catch((error) => codeOf(error));
    const right = found === "storage/erased" || found === "storage/collected";
    hold("goneIsGone", right, () => `Version ${version} of ${uid} is read as ${found}.`);
  }
}

/**
 * @param first the key file of the first day, which opens everything
 * @param left those that are left: machines', mirrors', in the envelope
 * @param own the archive's key changes, of which it destroyed the keys of these numbers
 * @param everywhere what lies in any copy
 */
export function erasedIsSealed(
  first: Buffer,
  left: Buffer[],
  own: KeyChanges[],
  destroyed: Set<number>,
  everywhere: KeyChanges[],
): void {
  const keys = [...openedBy(first, own)].filter(([, number]) => destroyed.has(number)).map(([key]) => key);
  for (const keyFile of left) {
    const opened = openedBy(keyFile, everywhere);
    const open = keys.filter((key) => opened.has(key)).map((key) => opened.get(key));
    hold("erasedIsSealed", open.length === 0, () => `The key of number ${open} is opened.`);
  }
}

export async function nothingIsInvented({ archive }: Opened, truth: Truth, gone: Gone): Promise<void> {
  for (const tenant of tenants) {
    const of = archive.tenant(tenant);
    for (const ref of await of.resolve({})) {
      if (gone.versions.has(`${tenant} ${ref.sopInstanceUid} ${ref.version}`)) continue;
      const found = await fileOf(of, ref);
      hold("nothingIsInvented", truth.sent.has(found), () => `${ref.sopInstanceUid} was never sent as it is.`);
    }
  }
}

/** The durable part of the journal is remembered, to be compared with later. */
export function journalOnlyGrows(truth: Truth, entries: Entry[]): void {
  hold("journalOnlyGrows", entries.length >= truth.durable, () => `${entries.length} of ${truth.durable} are left.`);
  for (const [seq, leaf] of truth.leaves.entries())
    hold("journalOnlyGrows", leaf.equals(entries[seq]!.leaf), () => `Entry ${seq} is another.`);
  truth.leaves = entries.slice(0, Math.max(truth.durable, truth.leaves.length)).map(({ leaf }) => leaf);
}

export async function asOfIsFixed({ archive }: Opened, truth: Truth): Promise<void> {
  for (const { time, seen } of truth.moments) {
    const now = await seenAt(archive, time);
    hold("asOfIsFixed", now === seen, () => `At ${time} there was ${seen}, now ${now}.`);
  }
}

export function checkpointsAgree(truth: Truth, entries: Entry[], found: { size: number; root: string }[]): void {
  const range = new CompactRange();
  const roots = new Map<number, string>([[0, range.root().toString("hex")]]);
  for (const { leaf } of entries) {
    range.append(leaf);
    roots.set(range.size, range.root().toString("hex"));
  }
  for (const { size, root } of found) {
    const before = truth.checkpoints.get(size) ?? root;
    hold("checkpointsAgree", before === root, () => `Two roots were signed for ${size} entries.`);
    truth.checkpoints.set(size, root);
  }
  for (const [size, root] of truth.checkpoints)
    hold("checkpointsAgree", roots.get(size) === root, () => `The journal's ${size} entries are not what was signed.`);
}

export async function catalogueShows({ archive }: Opened, model: Model): Promise<void> {
  const seen = JSON.parse(await seenAt(archive)) as string[];
  const said = seenIn(model);
  hold("catalogueIsProjection", isDeepStrictEqual(seen, said), () => `It shows ${seen}, the journal ${said}.`);
}

/** Of an archive, or a mirror's copy, that was closed. */
export async function catalogueIsProjection(
  opened: { archive: { id: string }; dataFolder: string; keyring: Keyring },
  entries: Entry[],
): Promise<void> {
  const { archive, dataFolder, keyring } = opened;
  const { catalogue: standing, journal: journalFolder } = layoutOf(dataFolder);
  const fresh = `${standing}.fresh`;
  const anew = openCatalogue(fresh);
  const journal = { size: entries.length };
  try {
    await catchUp({ catalogue: anew, journal, journalFolder, archive: archive.id, keyring });
  } finally {
    anew.close();
  }
  const differing = differingTables(standing, fresh);
  hold("catalogueIsProjection", differing.length === 0, () => `Built anew, ${differing} differ.`);
}

export function damageIsExact({ objects }: Damage, { touched }: Model): void {
  const found = objects.flatMap(({ held: { tenant, sopInstanceUid }, touches }) =>
    touches.map(({ effect, entry }) => `${effect} ${entry} ${tenant} ${sopInstanceUid}`),
  );
  const [told, true_] = [found.sort(), [...touched].sort()];
  hold("damageIsExact", isDeepStrictEqual(told, true_), () => `It names ${told}; they did ${true_}.`);
}

/** What is seen of instances of which nothing is gone: what is gone comes back by no undo. */
const lasting = (seen: string[], gone: Gone): string =>
  JSON.stringify(seen.filter((each) => !gone.touches(each.split(" ", 2).join(" "))));

/** @param model as the journal was before the undo @param gone by now */
export async function undoIsExact({ archive }: Opened, model: Model, gone: Gone): Promise<void> {
  const seen = lasting(JSON.parse(await seenAt(archive)) as string[], gone);
  const due = lasting(seenAfterUndo(model), gone);
  hold("undoIsExact", seen === due, () => `Undone, it shows ${seen}, not ${due}.`);
}

/** @param before what was seen then @param gone by now */
export async function redoIsIdentity({ archive }: Opened, before: string, gone: Gone): Promise<void> {
  const seen = lasting(JSON.parse(await seenAt(archive)) as string[], gone);
  const due = lasting(JSON.parse(before) as string[], gone);
  hold("redoIsIdentity", seen === due, () => `It shows ${seen}, not ${due}.`);
}

/** @param entries of the archive that was lost */
export function replicaIsTrue(truth: Truth, place: string, entries: Entry[], restored: Entry[]): void {
  const promised = truth.promised.get(place) ?? 0;
  hold(
    "replicaIsTrue",
    restored.length >= promised,
    () => `${restored.length} of ${promised} entries came back from ${place}.`,
  );
  for (const { seq, leaf } of restored)
    hold("replicaIsTrue", entries[seq]?.leaf.equals(leaf) ?? false, () => `Entry ${seq} came back as another.`);
}

const rootsOf = (entries: Entry[]): string[] => {
  const range = new CompactRange();
  const roots = [range.root().toString("hex")];
  for (const { leaf } of entries) {
    range.append(leaf);
    roots.push(range.root().toString("hex"));
  }
  return roots;
};

const cosignedIn = ({ cosigned }: SimulatedWitness, entries: Entry[]): boolean => {
  const roots = rootsOf(entries);
  return [...cosigned].every(([size, root]) => roots[size] === root);
};

/** @param histories of the archive: as it is, and as it was each time that it was lost */
export function witnessIsTrue(witness: SimulatedWitness, histories: Entry[][]): void {
  const { cosigned, twoFaced } = witness;
  hold("witnessIsTrue", twoFaced === undefined, () => `It cosigned two roots for ${twoFaced} entries.`);
  const true_ = histories.some((entries) => cosignedIn(witness, entries));
  hold("witnessIsTrue", true_, () => `It cosigned ${[...cosigned.keys()]}, which are of no one history.`);
}

/**
 * What it has kept and could not answer for, it stands by as well.
 * @param entries of the archive, the last of which a checkpoint counts
 * @param other whether the archive may be another by now than the one that it knows
 */
export function witnessIsLevel(witness: SimulatedWitness, entries: Entry[], other: boolean): void {
  const { kept, refused } = witness;
  const detail = () => `It has cosigned ${kept} of ${entries.length} entries${refused ? " and refuses" : ""}.`;
  const same = kept === entries.length && cosignedIn(witness, entries);
  hold("witnessIsLevel", refused ? other : same, detail);
}

/** @param copied what lies at the mirror @param lied whether the origin ever did */
export function mirrorIsTrue(
  mirror: Pick<SimulatedMirror, "accepted" | "codes">,
  histories: Entry[][],
  copied: Entry[],
  lied: boolean,
): void {
  const { accepted, codes } = mirror;
  hold("mirrorIsTrue", copied.length >= accepted, () => `${copied.length} of ${accepted} entries are left.`);
  const is = (entries: Entry[]): boolean =>
    accepted <= entries.length && entries.slice(0, accepted).every(({ leaf }, seq) => leaf.equals(copied[seq]!.leaf));
  hold("mirrorIsTrue", histories.some(is), () => `Its ${accepted} entries are of no history of its origin.`);
  if (lied || histories.length > 1) return;
  const slandered = ["mirror/fork", "mirror/damaged"].find((code) => codes.has(code));
  hold("mirrorIsTrue", slandered === undefined, () => `It says ${slandered} of an origin that is true.`);
}

/** @param other whether the archive may be another by now than the one that it followed */
export function mirrorIsLevel({ accepted, codes, level }: SimulatedMirror, size: number, other: boolean): void {
  const refuses = ["mirror/fork", "mirror/stale", "mirror/damaged"].some((code) => codes.has(code));
  const holds = level ? accepted === size : other && refuses;
  hold(
    "mirrorIsLevel",
    holds,
    () => `It holds ${accepted} of ${size} entries, and says ${[...codes].join() || "nothing"}.`,
  );
}

export function verifyIsGreen({ problems }: VerifyReport): void {
  hold("verifyIsGreen", problems.length === 0, () => problems.map(({ message }) => message).join(" "));
}

/** After an alteration: whatever verification does not name reads as it was. */
export async function damageIsNamed(opened: Opened, truth: Truth, report: VerifyReport, gone: Gone): Promise<void> {
  for (const { tenant, uid, version, digest } of truth.stored.values()) {
    if (gone.versions.has(`${tenant} ${uid} ${version}`)) continue;
    const of = opened.archive.tenant(tenant);
    const ref = (await of.versions(uid)).find((each) => each.version === version)!;
    const found = await fileOf(of, ref).catch(() => undefined);
    hold("damageIsNamed", found === undefined || found === digest, () => `${uid} is read as something else.`);
    hold("damageIsNamed", found !== undefined || !report.ok, () => `${uid} cannot be read, and nothing is said.`);
  }
}
