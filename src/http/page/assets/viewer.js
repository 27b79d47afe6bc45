/** One instance: its picture and its attributes. */
import { getJson } from "./dicomweb.js";
import { find, make } from "./dom.js";

const mostAttributes = 400;

export async function openViewer(path, series) {
  const dialog = find("viewer");
  const image = make("img", { src: `${path}/rendered`, alt: series.title });
  const place = make("div", { class: "picture" }, image);
  image.addEventListener("error", () => image.replaceWith(`${series.modality}: no picture to show`));
  const facts = make("div");
  const close = make("button", { type: "button", onclick: () => dialog.close() }, "Close");
  const download = make("a", { href: `${path}?accept=application/dicom`, download: "image.dcm" }, "Download");
  const head = make("header", {}, make("h2", {}, series.title), make("div", { class: "actions" }, download, close));
  dialog.replaceChildren(make("div", { class: "frame" }, place, make("div", { class: "facts" }, head, facts)));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.showModal();
  const [metadata] = await getJson(`${path}/metadata`).catch(() => [{}]);
  facts.replaceChildren(...attributesOf(metadata));
}

/** Those with a name here at once, all others on request. */
function attributesOf(metadata) {
  const all = Object.entries(metadata).slice(0, mostAttributes);
  const known = all.filter(([tag]) => names[tag]).flatMap(fact);
  const others = all.filter(([tag]) => !names[tag]).flatMap(fact);
  const more = make("details", {}, make("summary", {}, "All other attributes"), make("dl", {}, ...others));
  return others.length > 0 ? [make("dl", {}, ...known), more] : [make("dl", {}, ...known)];
}

function fact([tag, { vr, Value }]) {
  if (!Value || vr === "SQ") return [];
  const value = Value.map((one) =>
    one !== null && typeof one === "object" ? (one.Alphabetic ?? "") : String(one ?? ""),
  ).join(" \\ ");
  return [make("dt", { title: tag }, names[tag] ?? `(${tag.slice(0, 4)},${tag.slice(4)})`), make("dd", {}, value)];
}

/** The attributes people look for first, by name; others are shown by tag. */
const names = {
  "00080008": "Image type",
  "00080016": "SOP class",
  "00080018": "SOP instance",
  "00080020": "Study date",
  "00080021": "Series date",
  "00080022": "Acquisition date",
  "00080023": "Content date",
  "00080030": "Study time",
  "00080050": "Accession number",
  "00080060": "Modality",
  "00080070": "Manufacturer",
  "00080080": "Institution",
  "00080090": "Referring physician",
  "00081010": "Station",
  "00081030": "Study description",
  "0008103E": "Series description",
  "00081090": "Model",
  "00100010": "Patient name",
  "00100020": "Patient ID",
  "00100030": "Birth date",
  "00100040": "Sex",
  "00180015": "Body part",
  "00180050": "Slice thickness",
  "00180060": "kVp",
  "00181030": "Protocol",
  "00200010": "Study ID",
  "0020000D": "Study instance",
  "0020000E": "Series instance",
  "00200011": "Series number",
  "00200013": "Instance number",
  "00200032": "Position",
  "00200037": "Orientation",
  "00200052": "Frame of reference",
  "00280002": "Samples per pixel",
  "00280004": "Photometric",
  "00280008": "Frames",
  "00280010": "Rows",
  "00280011": "Columns",
  "00280030": "Pixel spacing",
  "00280100": "Bits allocated",
  "00280101": "Bits stored",
  "00281050": "Window centre",
  "00281051": "Window width",
  "00281052": "Rescale intercept",
  "00281053": "Rescale slope",
  "300A0002": "Plan label",
  "300A0003": "Plan name",
  "300A0006": "Plan date",
  "300E0002": "Approval",
  30060002: "Structure set label",
  "3004000A": "Dose summation",
  30040002: "Dose units",
  "3004000E": "Dose grid scaling",
};
