/** Whom the incident touched, and what putting that back would do. */
import { get, post } from "../api.js";
import { make } from "../dom.js";
import { may } from "../session.js";
import { form } from "./forms.js";
import { terms } from "./part.js";
import { moment, plural } from "./words.js";

/** Read on request: the whole journal is read for it. */
export function damageCard({ incident: id, subject }) {
  const query = `incident=${encodeURIComponent(id)}`;
  const clinic = { "x-holdfast-tenant": subject.tenant };
  const damage = make("div", { "aria-live": "polite" });
  const plan = make("div", { "aria-live": "polite" });
  const count = form("Count the damage", async () => {
    damage.replaceChildren(make("p", { class: "soft" }, "Reading the journal…"));
    try {
      damage.replaceChildren(...damageOf(await get(`/damage?${query}&only=figures`, clinic)));
    } catch (error) {
      damage.replaceChildren();
      throw error;
    }
  });
  const preview = may("recovery.manage")
    ? form("Preview the undo", async () => {
        plan.replaceChildren(...planOf(await post(`/undo?${query}`, undefined, clinic), id));
      })
    : make("p", { class: "soft" }, "An administrator can preview and do the undo.");
  return make(
    "section",
    { class: "card", "aria-label": "Damage of the incident" },
    make("h3", {}, "Damage of the incident"),
    make("p", { class: "soft" }, `Of clinic ${subject.tenant}, from the journal alone; nothing is changed by looking.`),
    count,
    damage,
    preview,
    plan,
  );
}

const effectNames = {
  read: "Read",
  created: "Stored anew",
  changed: "Changed",
  hidden: "Deleted",
  shown: "Brought back",
};

function damageOf({ principals, from, to, refused, tenants }) {
  const span = terms([
    ["By", principals.join(", ")],
    ["From", moment(from)],
    ["To", moment(to)],
    ["Refused", refused === 0 ? "" : plural(refused, "attempt")],
  ]);
  if (tenants.length === 0) return [span, make("p", {}, "Nothing of this clinic was touched.")];
  return [span, ...tenants.flatMap(figuresOf)];
}

function figuresOf({ byEffect, touched, untouched, unreadProvable }) {
  const rows = Object.entries(byEffect).filter(([, { objects }]) => objects > 0);
  const line = (name, { patients, studies, objects }) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, name),
      ...[patients, studies, objects].map((count) => make("td", { class: "number" }, count.toLocaleString("en"))),
    );
  const head = make(
    "tr",
    {},
    ...["", "Patients", "Studies", "Objects"].map((name) => make("th", { scope: "col", class: "number" }, name)),
  );
  const body = [
    ...rows.map(([effect, counts]) => line(effectNames[effect] ?? effect, counts)),
    line("Touched", touched),
    line("Not touched", untouched),
  ];
  const provable = unreadProvable
    ? ""
    : "Objects were given out without being named: who was not touched holds for changes, not for reading.";
  return [
    make("table", { class: "plain" }, make("thead", {}, head), make("tbody", {}, ...body)),
    provable === "" ? "" : make("p", { class: "note" }, provable),
  ];
}

const stepNames = { hide: "hidden again", show: "brought back", revert: "put back to the version before" };

function planOf({ steps, conflicts, created }, id) {
  const counts = Object.entries(Object.groupBy(steps, ({ action }) => action)).map(([action, some]) =>
    make("li", {}, `${plural(some.length, "object")} would be ${stepNames[action]}.`),
  );
  const stays = [
    conflicts.length === 0
      ? ""
      : make("li", {}, `${plural(conflicts.length, "object")} changed by somebody else since: they stay as they are.`),
    created.length === 0
      ? ""
      : make("li", {}, `${plural(created.length, "new object")} stay: nothing was there before.`),
  ];
  const lines = [...counts, ...stays].filter((one) => one !== "");
  const nothing = make("p", {}, "There is nothing to put back.");
  return [
    make("p", { class: "soft" }, "A preview: nothing was changed."),
    lines.length === 0 ? nothing : make("ul", {}, ...lines),
    steps.length === 0
      ? ""
      : make("p", { class: "soft" }, "Done by: ", make("code", {}, `holdfast undo ${id} --apply`)),
  ].filter((one) => one !== "");
}
