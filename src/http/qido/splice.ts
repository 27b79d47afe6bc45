const quote = 0x22;
const backslash = 0x5c;

/**
 * Puts one member into a serialised DICOM JSON object at the place its key has in ascending order (PS3.18 F.2.2),
 * without parsing it. A key that is there already stays as it is.
 */
export function spliceMember(json: string, key: string, value: string): string {
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const c = json.charCodeAt(i);
    if (c === quote) {
      const end = endOfString(json, i);
      if (depth === 1 && json.charCodeAt(end + 1) === 0x3a) {
        const found = json.slice(i + 1, end);
        if (found === key) return json;
        if (found > key) return `${json.slice(0, i)}"${key}":${value},${json.slice(i)}`;
      }
      i = end;
    } else if (c === 0x7b || c === 0x5b) depth++;
    else if (c === 0x7d || c === 0x5d) depth--;
  }
  const close = json.lastIndexOf("}");
  const comma = /^\{\s*\}$/.test(json) ? "" : ",";
  return `${json.slice(0, close)}${comma}"${key}":${value}}`;
}

function endOfString(json: string, start: number): number {
  for (let i = start + 1; i < json.length; i++) {
    const c = json.charCodeAt(i);
    if (c === backslash) i++;
    else if (c === quote) return i;
  }
  return json.length;
}
