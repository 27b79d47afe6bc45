/** Files and folders dropped or chosen are stored one after the other, a few at a time. */
import { storeFile } from "./dicomweb.js";
import { find, make } from "./dom.js";

const atOnce = 4;
const shownFailures = 50;

export function startUploads(onStored) {
  const drop = find("drop");
  const input = find("files");
  input.addEventListener("change", () => {
    upload([...input.files], onStored);
    input.value = "";
  });
  for (const type of ["dragover", "dragenter"]) document.addEventListener(type, (event) => over(event, drop));
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    upload(await filesOf(event.dataTransfer), onStored);
  });
}

function over(event, drop) {
  event.preventDefault();
  drop.classList.add("over");
}

/** All files of what was dropped, folders walked through. */
async function filesOf(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return [...transfer.files];
  const found = await Promise.all(entries.map(walk));
  return found.flat();
}

async function walk(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return found;
    for (const child of batch) found.push(...(await walk(child)));
  }
}

async function upload(files, onStored) {
  if (files.length === 0) return;
  const list = find("uploads");
  const what = make("span", { class: "what" });
  const line = make("li", {}, what);
  list.prepend(line);
  const counts = { stored: 0, refused: 0 };
  const tell = () => {
    const refused = counts.refused > 0 ? `, ${counts.refused} refused` : "";
    what.textContent = `${counts.stored} of ${files.length} stored${refused}`;
    if (counts.stored + counts.refused === files.length) what.classList.add(counts.refused > 0 ? "bad" : "good");
  };
  const queue = [...files];
  const work = async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      const { ok, reason } = await storeFile(file).catch((error) => ({ ok: false, reason: error.message }));
      if (ok) counts.stored++;
      else if (++counts.refused <= shownFailures)
        line.after(make("li", { class: "bad" }, make("span", { class: "what" }, `${file.name}: ${reason}`)));
      tell();
    }
  };
  tell();
  await Promise.all(Array.from({ length: atOnce }, work));
  onStored();
}
