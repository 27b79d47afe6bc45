/** Search and the way from studies over series to instances. */
import * as web from "./dicomweb.js";
import { find, make, whole } from "./dom.js";
import { openViewer } from "./viewer.js";

const pageSize = 50;
let generation = 0;

export function startBrowsing() {
  find("search").addEventListener("submit", (event) => {
    event.preventDefault();
    showStudies();
  });
  showStudies();
}

export async function showStudies(offset = 0) {
  const wanted = find("query").value.trim();
  trail();
  await fill(async () => {
    const studies = await search(wanted, offset);
    if (studies.length === 0 && offset === 0) return [nothing(wanted)];
    const rows = studies.map(studyRow);
    const page = table(["Patient", "Study", "Modality", { number: "Series" }, { number: "Instances" }], rows);
    page.classList.add("studies");
    return studies.length < pageSize ? [page] : [page, more(() => showStudies(offset + pageSize))];
  });
}

/** One field for three keys: a study is shown when any of them matches. */
async function search(wanted, offset) {
  const fields = { limit: pageSize, offset, includefield: "all" };
  if (!wanted) return web.getJson(web.studiesPath(fields));
  const pattern = `*${wanted.replace(/[*?\\]/g, "")}*`;
  const keys = ["PatientName", "PatientID", "AccessionNumber"];
  const answers = await Promise.all(keys.map((key) => web.getJson(web.studiesPath({ ...fields, [key]: pattern }))));
  const byUid = new Map(answers.flat().map((study) => [web.text(study, "0020000D"), study]));
  return [...byUid.values()];
}

function studyRow(study) {
  const uid = web.text(study, "0020000D");
  const name = web.personName(web.text(study, "00100010")) || "Name not given";
  const title = web.text(study, "00081030") || "Study";
  const cells = [
    make("td", {}, name, make("small", {}, web.text(study, "00100020"))),
    make("td", {}, title, make("small", {}, web.day(web.text(study, "00080020")))),
    make("td", {}, ...web.texts(study, "00080061").map(chip)),
    make("td", { class: "number" }, whole(web.text(study, "00201206"))),
    make("td", { class: "number" }, whole(web.text(study, "00201208"))),
  ];
  return row(cells, () => showSeries({ uid, name, title }));
}

async function showSeries(study) {
  trail([study.name]);
  await fill(async () => {
    const series = await web.getJson(web.seriesPath(study.uid));
    const rows = series.map((one) => seriesRow(study, one));
    return [table(["", "Series", "Modality", { number: "Instances" }], rows)];
  });
}

function seriesRow(study, series) {
  const uid = web.text(series, "0020000E");
  const modality = web.text(series, "00080060");
  const title = web.text(series, "0008103E") || `Series ${web.text(series, "00200011")}`;
  const cells = [
    make("td", {}, picture(web.seriesThumbnail(study.uid, uid), modality)),
    make("td", {}, title, make("small", {}, web.text(series, "00180015") || web.text(series, "00081010"))),
    make("td", {}, chip(modality || "?")),
    make("td", { class: "number" }, whole(web.text(series, "00201209"))),
  ];
  return row(cells, () => showInstances(study, { uid, title, modality }));
}

async function showInstances(study, series, offset = 0) {
  trail([study.name, () => showSeries(study)], [series.title]);
  await fill(async () => {
    const instances = await web.getJson(web.instancesPath(study.uid, series.uid, offset, pageSize));
    const tiles = instances.map((instance) => tile(study, series, instance));
    const grid = make("div", { class: "grid" }, ...tiles);
    return instances.length < pageSize ? [grid] : [grid, more(() => showInstances(study, series, offset + pageSize))];
  });
}

function tile(study, series, instance) {
  const path = web.instancePath(study.uid, series.uid, web.text(instance, "00080018"));
  const label = web.text(instance, "00200013") || web.text(instance, "300A0002") || series.title;
  const image = picture(`${path}/thumbnail?viewport=160,160`, series.modality);
  return make(
    "button",
    { class: "tile", type: "button", onclick: () => openViewer(path, series) },
    image,
    make("span", {}, `${series.modality} ${label}`),
  );
}

/** A picture, or the modality where there is none to show. */
function picture(source, modality) {
  const image = make("img", { class: "thumb", src: source, alt: "", loading: "lazy" });
  image.addEventListener("error", () => image.replaceWith(make("div", { class: "thumb" }, modality || "?")));
  return image;
}

const chip = (modality) => make("span", { class: "chip" }, modality);

function row(cells, open) {
  const line = make("tr", { tabindex: "0" }, ...cells);
  line.addEventListener("click", open);
  line.addEventListener("keydown", (event) => {
    if (event.key === "Enter") open();
  });
  return line;
}

function table(columns, rows) {
  const head = columns.map((column) =>
    typeof column === "string" ? make("th", {}, column) : make("th", { class: "number" }, column.number),
  );
  return make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}

const more = (load) => make("button", { class: "more", type: "button", onclick: load }, "Next page");

function nothing(wanted) {
  const [title, hint] = wanted
    ? ["Nothing found", "Try a part of the name or the ID."]
    : ["The archive is empty", "Drop files on the right, or send the first image with one of the lines there."];
  return make("div", { class: "empty" }, make("strong", {}, title), hint);
}

/** `steps`: name and, for those one can go back to, what shows them. */
function trail(...steps) {
  const parts = [["All studies", () => showStudies()], ...steps].map(([name, open], index) => {
    const current = index === steps.length;
    return current ? make("span", {}, name) : make("button", { type: "button", onclick: open }, name);
  });
  find("trail").replaceChildren(
    ...parts.flatMap((part, index) => (index === 0 ? [part] : [make("span", {}, "›"), part])),
  );
}

/** Shows what `load` gives, unless something newer was asked for meanwhile. */
async function fill(load) {
  const mine = ++generation;
  const content = find("content");
  content.setAttribute("aria-busy", "true"); // what is still there belongs to where one was
  try {
    const children = await load();
    if (mine === generation) content.replaceChildren(...children);
  } catch (error) {
    if (mine === generation)
      content.replaceChildren(make("div", { class: "empty" }, make("strong", {}, "That did not work"), error.message));
  }
  if (mine === generation) content.removeAttribute("aria-busy");
}
