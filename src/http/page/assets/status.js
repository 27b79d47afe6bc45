/** Health, figures, connections and ready-made command lines, refreshed while the page is looked at. */
import { getJson } from "./dicomweb.js";
import { find, make, size, whole } from "./dom.js";

const every = 3000;

export function startStatus() {
  const refresh = async () => {
    if (!document.hidden) await show();
    setTimeout(refresh, every);
  };
  refresh();
}

async function show() {
  try {
    const status = await getJson("/api/v1/status", "application/json");
    showHealth(status.health);
    showFigures(status.archive);
    showAddress(status);
    showConnections(status.dicom?.peers ?? []);
    showRecipes(status);
  } catch {
    showHealth({ ok: false, code: "not reachable" });
  }
}

function showHealth({ ok, code }) {
  const health = find("health");
  health.dataset.state = ok ? "good" : "bad";
  health.querySelector(".text").textContent = ok ? "Healthy" : `Needs attention: ${code}`;
}

function showFigures(archive) {
  const figures = [
    [whole(archive.patients), "patients"],
    [whole(archive.studies), "studies"],
    [whole(archive.series), "series"],
    [whole(archive.instances), "instances"],
    [size(archive.bytes), "stored"],
    [whole(archive.journalEntries), "journal entries"],
  ];
  find("figures").replaceChildren(
    ...figures.map(([figure, name]) => make("div", { class: "figure" }, make("b", {}, figure), make("span", {}, name))),
  );
}

function showAddress({ dicom, version }) {
  find("address").textContent = dicom
    ? `${dicom.aeTitle} on DICOM port ${dicom.port}${dicom.tls ? " (TLS)" : ""} · version ${version}`
    : `version ${version}`;
}

function showConnections(peers) {
  const rows = peers.map((peer) =>
    make(
      "li",
      {},
      make(
        "div",
        {},
        peer.callingAeTitle,
        make("small", {}, `${peer.address} · since ${new Date(peer.since).toLocaleTimeString()}`),
      ),
      make(
        "div",
        {},
        `${whole(peer.operations)} operations`,
        make("small", {}, `${size(peer.bytesIn)} in · ${size(peer.bytesOut)} out`),
      ),
    ),
  );
  find("connections").replaceChildren(
    ...(rows.length > 0 ? rows : [make("li", { class: "none" }, "No DICOM peer is connected.")]),
  );
}

let shown = "";

function showRecipes({ dicom }) {
  const host = location.hostname;
  const recipes = [
    ["Over DICOM (DCMTK)", `storescu -aec ${dicom?.aeTitle} ${host} ${dicom?.port} image.dcm`],
    [
      "Over DICOMweb",
      `curl -H 'Content-Type: application/dicom' --data-binary @image.dcm ${location.origin}/dicom-web/studies`,
    ],
    [
      "Find it again",
      `findscu -S -aec ${dicom?.aeTitle} -k QueryRetrieveLevel=STUDY -k PatientName= -k StudyInstanceUID= ${host} ${dicom?.port}`,
    ],
  ];
  if (JSON.stringify(recipes) === shown) return;
  shown = JSON.stringify(recipes);
  find("recipes").replaceChildren(...recipes.flatMap(([name, command]) => [make("h3", {}, name), recipe(command)]));
}

function recipe(command) {
  const button = make("button", { type: "button" }, "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(command);
    button.textContent = "Copied";
    setTimeout(() => button.replaceChildren("Copy"), 1500);
  });
  return make("div", { class: "recipe" }, make("pre", {}, command), button);
}
