/** Wild card matching, PS3.4 C.2.2.2.4: `*` is any run of characters, `?` any one. */

export const hasWildcard = (text: string): boolean => text.includes("*") || text.includes("?");

/** Goes back to the last `*` only, so it takes at most (length of pattern × length of text) steps. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const [wanted, found] = [[...pattern], [...text]];
  let [p, t, star, retry] = [0, 0, -1, 0];
  while (t < found.length) {
    if (p < wanted.length && wanted[p] === "*") {
      star = p++;
      retry = t;
    } else if (p < wanted.length && (wanted[p] === "?" || wanted[p] === found[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++retry;
    } else return false;
  }
  while (wanted[p] === "*") p++;
  return p === wanted.length;
}

/** The same as a pattern of SQLite's GLOB, where `[` has a meaning of its own. */
export const globOf = (pattern: string): string => pattern.replace(/\*+/g, "*").replaceAll("[", "[[]");

/** What every match begins with. */
export const prefixOf = (pattern: string): string => pattern.slice(0, pattern.search(/[*?]/));

/** The least text that is greater than every text with this prefix, in order of code points; undefined when none is. */
export function afterPrefix(prefix: string): string | undefined {
  const points = [...prefix];
  while (points.length > 0) {
    const last = points.pop()!.codePointAt(0)!;
    if (last < 0x10ffff) return points.join("") + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}
