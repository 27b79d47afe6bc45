/** File names that every file system takes: no separators, no control characters, no reserved names, bounded length. */
import { createHash } from "node:crypto";

const longest = 60;
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** `text` with everything but letters, digits, dot, dash and underscore replaced; `fallback` when nothing is left. */
export function safeName(text: string, fallback: string): string {
  const plain = [...text.normalize("NFC").replace(/[^\p{L}\p{M}\p{N}._-]+/gu, "_")].slice(0, longest).join("");
  const trimmed = plain.replace(/^[._-]+|[._]+$/g, "");
  if (trimmed === "") return fallback;
  return reserved.test(trimmed) ? `_${trimmed}` : trimmed;
}

/** As `safeName`, and distinct for distinct texts even where that changed them. */
export function distinctName(text: string, fallback: string): string {
  const name = safeName(text, fallback);
  return name === text ? name : `${name}~${shortHash(text)}`;
}

/** Readable words and a short hash of the UID, which makes it distinct. */
export function titledName(words: string[], uid: string): string {
  const title = safeName(words.filter((word) => word !== "").join("_"), "untitled");
  return `${title}~${shortHash(uid)}`;
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
