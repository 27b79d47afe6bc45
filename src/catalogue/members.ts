/**
 * The attributes of one level are kept as the members of a DICOM JSON object, already serialised, in order of their
 * keys, one a line (JSON escapes line ends in values). Matches are put together from these lines without parsing.
 */
import { type Attribute, type Attributes, levelOfKey } from "./attributes.ts";

/** The key of a member line. */
export const keyOf = (line: string): string => line.slice(1, 9);

export const member = (key: string, value: string): string => `"${key}":${value}`;

/** The members of each level, patient first. */
export function splitLevels(attributes: Attributes): [string, string, string, string] {
  const lines: string[][] = [[], [], [], []];
  // Not the object's own order: keys that look like numbers come first there.
  for (const key of Object.keys(attributes).sort()) {
    const level = levelOfKey.get(key);
    if (level !== undefined) lines[level]!.push(member(key, JSON.stringify(attributes[key])));
  }
  return lines.map((each) => each.join("\n")) as [string, string, string, string];
}

/** One attribute, without parsing the others. */
export function memberOf(members: string, key: string): Attribute | undefined {
  const label = `"${key}":`;
  const start = members.startsWith(label) ? 0 : members.indexOf(`\n${label}`) + 1;
  if (start === 0 && !members.startsWith(label)) return undefined;
  const end = members.indexOf("\n", start);
  return JSON.parse(members.slice(start + label.length, end < 0 ? undefined : end)) as Attribute;
}

export function parseMembers(members: string): Attributes {
  return members === "" ? {} : (JSON.parse(`{${members.replaceAll("\n", ",")}}`) as Attributes);
}

/** Later values win; what the later object does not say stays as it was. */
export function mergeMembers(earlier: string, later: string): string {
  if (earlier === "" || earlier === later) return later;
  const lines = new Map<string, string>();
  for (const line of earlier.split("\n")) lines.set(keyOf(line), line);
  if (later !== "") for (const line of later.split("\n")) lines.set(keyOf(line), line);
  return [...lines.keys()]
    .sort()
    .map((key) => lines.get(key))
    .join("\n");
}
