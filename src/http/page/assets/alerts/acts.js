/** The acts at which the alert was found, from the journal. They name no patient and no object. */
import { get } from "../api.js";
import { make, size } from "../dom.js";
import { may } from "../session.js";
import { part } from "./part.js";
import { plural } from "./words.js";

const shownAtOnce = 25;

export function acts() {
  const { element, update } = part(
    "Acts",
    ({ id, entries = [] }) => ({ id, entries }),
    ({ id, entries }) => {
      if (!may("audit.read") || entries.length === 0) return [];
      const place = make(
        "div",
        { class: "acts", "aria-busy": "true" },
        make("p", { class: "soft" }, "Reading the journal…"),
      );
      load(place, id);
      return [place];
    },
  );
  return { element, update };
}

async function load(place, id) {
  try {
    const { events } = await get(`/alerts/${encodeURIComponent(id)}/events`);
    place.replaceChildren(...tableOf(events));
  } catch (error) {
    place.replaceChildren(make("p", { class: "refused" }, error.message));
  }
  place.removeAttribute("aria-busy");
}

function tableOf(events) {
  const rows = events.map(row).reverse();
  const head = ["When", "What", "How much", "From"].map((name) => make("th", { scope: "col" }, name));
  const body = make("tbody", {}, ...rows.slice(0, shownAtOnce));
  const table = make("table", { class: "plain" }, make("thead", {}, make("tr", {}, ...head)), body);
  const rest = rows.slice(shownAtOnce);
  if (rest.length === 0) return [table];
  const more = make("button", { type: "button", class: "quiet" }, `${plural(rest.length, "earlier act")}`);
  more.addEventListener("click", () => {
    body.append(...rest);
    more.remove();
  });
  return [table, more];
}

function row({ entry, time, activity, status, operation, user, claimedUser, app, ip, modality, code, ...counts }) {
  const outcome = status === "success" ? "" : `${status}${code === undefined ? "" : `: ${code}`}`;
  const who = [user, app, claimedUser && `calls itself ${claimedUser}`].filter(Boolean).join(" · ");
  return make(
    "tr",
    {},
    make("td", {}, new Date(time).toLocaleTimeString("en-GB"), make("small", {}, `entry ${entry}`)),
    make(
      "td",
      {},
      `${activity}${modality === undefined ? "" : ` ${modality}`}`,
      make("small", {}, [operation, outcome].filter(Boolean).join(" · ")),
    ),
    make("td", {}, howMuch(counts)),
    make("td", {}, ip ?? "this machine", make("small", {}, who)),
  );
}

function howMuch({ objects, studies, patients, bytesIn = 0, bytesOut = 0 }) {
  const counts = [
    objects === undefined ? "" : plural(objects, "object"),
    studies === undefined ? "" : plural(studies, "study", "studies"),
    patients === undefined ? "" : plural(patients, "patient"),
    bytesIn > 0 ? `${size(bytesIn)} in` : "",
    bytesOut > 0 ? `${size(bytesOut)} out` : "",
  ];
  return counts.filter(Boolean).join(", ");
}
