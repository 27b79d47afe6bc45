/** Which attributes a match carries, and putting it together. */
import { levelIndex, levelOfKey } from "../attributes.ts";
import { member } from "../members.ts";
import type { ArchiveQuery } from "../types.ts";
import { constants, derivedLevels } from "./derived.ts";
import type { MemberRow } from "./rows.ts";

const uniqueKeys = ["00100020", "0020000D", "0020000E", "00080018"];

/** What PS3.18 Tables 10.6.3-3 and -4 return of a study and a series, given with the matches of levels below. */
const standardKeys: readonly string[][] = [
  ["00100010", "00100020", "00100021", "00100030", "00100040"],
  ["00080020", "00080030", "00080050", "00080061", "00080090", "00080201", "0020000D", "00200010", "00081030"].concat(
    "00201206",
    "00201208",
  ),
  ["00080060", "0008103E", "0020000E", "00200011", "00400244", "00400245", "00400275", "00201209"],
];

const allKeys = new Map([...levelOfKey, ...derivedLevels]);

export class Returned {
  /** Levels whose attributes are read. */
  readonly levels: ReadonlySet<number>;
  /** Derived attributes to count, by level. */
  readonly derived: readonly (readonly string[])[];
  /** Place of each key in a match. */
  readonly #slots = new Map<string, number>();
  /** What stands there when nothing is known: keys that were asked for are returned empty. */
  readonly #empty: string[];

  constructor(query: ArchiveQuery) {
    const level = levelIndex[query.level];
    const asked = Object.keys(query.keys).filter((key) => (allKeys.get(key) ?? 9) <= level || constants.has(key));
    const keys = [...new Set([...asked, ...uniqueKeys.slice(0, level + 1), ...furtherKeys(query, level)])].sort();
    const isAsked = new Set(asked);
    this.#empty = keys.map((key) => constants.get(key) ?? (isAsked.has(key) ? emptyMember(key, query) : ""));
    for (const [slot, key] of keys.entries()) this.#slots.set(key, slot);
    this.derived = [0, 1, 2, 3].map((each) => keys.filter((key) => derivedLevels.get(key) === each));
    this.levels = new Set(keys.filter((key) => allKeys.has(key)).map((key) => allKeys.get(key)!));
  }

  match(): Match {
    return new Match(this.#slots, this.#empty.slice());
  }
}

/** One match while it is put together; what is not wanted is left out. */
class Match {
  readonly #slots: ReadonlyMap<string, number>;
  readonly #lines: string[];

  constructor(slots: ReadonlyMap<string, number>, lines: string[]) {
    this.#slots = slots;
    this.#lines = lines;
  }

  put(key: string, line: string): void {
    const slot = this.#slots.get(key);
    if (slot !== undefined) this.#lines[slot] = line;
  }

  take({ keys, lines }: MemberRow): void {
    for (let each = 0; each < keys.length; each++) this.put(keys[each]!, lines[each]!);
  }

  /** DICOM JSON, members in order of their keys. */
  serialised(): string {
    let text = "{";
    for (const line of this.#lines) if (line !== "") text += text.length > 1 ? `,${line}` : line;
    return `${text}}`;
  }
}

function emptyMember(key: string, { keys }: ArchiveQuery): string {
  return member(key, JSON.stringify({ vr: keys[key]!.vr }));
}

/** Keys beyond those asked for. A query without return keys gets what the catalogue holds of its level. */
function furtherKeys({ keys, includeAll, relational }: ArchiveQuery, level: number): string[] {
  const further: string[] = [];
  const hasReturnKeys = Object.values(keys).some(({ Value }) => !Value || Value.length === 0);
  if (includeAll) further.push(...allKeys.keys(), ...constants.keys());
  else if (!hasReturnKeys) further.push(...keysOf(level), ...standardKeys.slice(0, Math.min(level, 1)).flat());
  if (relational) further.push(...standardKeys.slice(0, level).flat());
  return further.filter((key) => (allKeys.get(key) ?? 0) <= level);
}

const keysOf = (level: number): string[] => [...allKeys].filter(([, each]) => each === level).map(([key]) => key);
