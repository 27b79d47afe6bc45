/** The little of DICOMweb that the page needs. */
import { csrfHeader } from "./session.js";

const root = "/dicom-web";

export async function getJson(path, accept = "application/dicom+json") {
  const response = await fetch(path, { headers: { accept } });
  if (response.status === 204) return [];
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).title ?? `HTTP ${response.status}`);
  return response.json();
}

/** A first value as text. */
export function text(object, tag) {
  const value = object[tag]?.Value?.[0];
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? (value.Alphabetic ?? value.Ideographic ?? "") : String(value);
}

export const texts = (object, tag) => (object[tag]?.Value ?? []).map(String);

/** `Last^First^Middle` as people read it. */
export const personName = (name) => name.replace(/\^+$/, "").replace("^", ", ").replaceAll("^", " ");

export const day = (date) => date.replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3");

export const studiesPath = (keys) => `${root}/studies?${new URLSearchParams(keys)}`;
export const seriesPath = (study) => `${root}/studies/${study}/series?includefield=all`;
export const instancesPath = (study, series, offset, limit) =>
  `${root}/studies/${study}/series/${series}/instances?includefield=all&offset=${offset}&limit=${limit}`;
export const instancePath = (study, series, instance) =>
  `${root}/studies/${study}/series/${series}/instances/${instance}`;
export const seriesThumbnail = (study, series) =>
  `${root}/studies/${study}/series/${series}/thumbnail?viewport=112,112`;

/** Stores one file; resolves with how it ended. */
export async function storeFile(file) {
  const boundary = `holdfast-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
  const head = `--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`;
  const body = new Blob([head, file, `\r\n--${boundary}--\r\n`]);
  const headers = {
    "content-type": `multipart/related; type="application/dicom"; boundary=${boundary}`,
    accept: "application/dicom+json",
    ...csrfHeader(),
  };
  const response = await fetch(`${root}/studies`, { method: "POST", headers, body });
  if (response.ok) return { ok: true };
  const answer = await response.json().catch(() => ({}));
  return { ok: false, reason: answer.title ?? reasonOf(answer) };
}

const reasons = {
  272: "not a usable DICOM file",
  290: "SOP class not accepted",
  42752: "no space left",
  43264: "does not match",
  49152: "cannot be understood",
};

function reasonOf(answer) {
  const code = answer["00081198"]?.Value?.[0]?.["00081197"]?.Value?.[0];
  return reasons[code] ?? (code === undefined ? "refused" : `refused (${code})`);
}
