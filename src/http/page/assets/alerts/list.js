/** The list: filters, and one link an alert, latest change first. */
import { make } from "../dom.js";
import * as store from "./store.js";
import { techniqueName } from "./techniques.js";
import { actionName, ago, gradeOf, plural, states } from "./words.js";

const stateFilters = { open: "Open", ...states, any: "All" };
const riskFilters = { 0: "Any risk", 0.7: "From 0.7", 0.9: "From 0.9" };
/** Between two looks at what "5 min ago" is by now, ms. */
const agoEvery = 30_000;

export function startList(place) {
  const connection = make("p", { class: "connection", role: "status" });
  const list = make("ol", { class: "alerts" });
  const rest = make("div", { class: "rest" });
  list.addEventListener("keydown", move);
  place.append(filters(), connection, list, rest);
  const links = new Map();
  const show = () => {
    const alerts = store.listed();
    keepFocus(list, () => list.replaceChildren(...alerts.map((alert) => entry(links, alert))));
    rest.replaceChildren(...restOf(alerts));
    showConnection(connection);
  };
  store.onChange(show);
  addEventListener("hashchange", show);
  setInterval(show, agoEvery);
}

function filters() {
  const choice = (label, options, key, read) => {
    const select = make("select", { "aria-label": label });
    select.append(...Object.entries(options).map(([value, text]) => make("option", { value }, text)));
    select.value = String(store.state().filter[key]);
    select.addEventListener("change", () => store.setFilter({ ...store.state().filter, [key]: read(select.value) }));
    return select;
  };
  return make(
    "form",
    { class: "filters", "aria-label": "Which alerts" },
    choice("State", stateFilters, "state", String),
    choice("Risk", riskFilters, "risk", Number),
  );
}

/** The element of an alert stays the same, so that focus and screen reader stay where they are; what it says is made anew when it differs. */
function entry(links, alert) {
  const known = links.get(alert.id) ?? { element: linkTo(alert.id), said: "" };
  links.set(alert.id, known);
  const link = known.element.firstChild;
  if (location.hash === link.hash) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
  const facts = factsOf(alert);
  const said = JSON.stringify(facts);
  if (said !== known.said) {
    link.dataset.state = alert.state;
    link.replaceChildren(...lines(facts));
  }
  known.said = said;
  return known.element;
}

const linkTo = (id) => make("li", {}, make("a", { href: `#/alerts/${encodeURIComponent(id)}` }));

function factsOf({ subject, reasons, risk, state, technique, assignee, updatedAt, incident, ...alert }) {
  const standing = store.containmentsOf({ incident, ...alert }).find((one) => one.state === "active");
  return {
    ...{ risk, principal: subject.principal, when: ago(updatedAt), what: reasons[0]?.text ?? "No reason is given." },
    ...{ state, technique, assignee, others: store.alertsOfIncident(incident).length - 1, action: standing?.action },
  };
}

function lines({ risk, principal, when, what, state, technique, assignee, others, action }) {
  const marks = [
    make("span", { class: "state" }, states[state]),
    technique === undefined ? "" : make("span", {}, techniqueName(technique)),
    assignee === undefined ? "" : make("span", {}, `with ${assignee}`),
    others > 0 ? make("span", {}, `with ${plural(others, "other alert")}`) : "",
    action === undefined ? "" : make("span", { class: "standing" }, actionName(action)),
  ];
  return [
    make("span", { class: "first" }, riskMark(risk), make("b", {}, principal), make("time", {}, when)),
    make("span", { class: "what" }, what),
    make("span", { class: "marks" }, ...marks),
  ];
}

export const riskMark = (risk) =>
  make(
    "span",
    { class: "risk", "data-grade": gradeOf(risk) },
    make("span", { class: "unseen" }, "Risk "),
    risk.toFixed(2),
  );

function restOf(alerts) {
  const { hasMore, trouble } = store.state();
  if (trouble) return [make("p", { class: "trouble", role: "alert" }, trouble)];
  if (alerts.length === 0)
    return [
      make(
        "div",
        { class: "empty" },
        make("strong", {}, "Nothing here"),
        "No alert fits. New ones come by themselves.",
      ),
    ];
  return hasMore ? [make("button", { class: "more", type: "button", onclick: () => store.more() }, "Older ones")] : [];
}

const connections = {
  live: "Live",
  broken: "Not live: the connection is being made again. Nothing will be left out.",
  ended: "You are logged out. Load the page again to log in.",
};

function showConnection(place) {
  const { connection } = store.state();
  place.dataset.state = connection;
  if (place.textContent !== connections[connection]) place.textContent = connections[connection];
}

/** Arrow keys go from alert to alert. */
function move(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const links = [...event.currentTarget.querySelectorAll("a")];
  const next = links[links.indexOf(document.activeElement) + step];
  if (step === undefined || !next) return;
  event.preventDefault();
  next.focus();
}

function keepFocus(place, change) {
  const focused = place.contains(document.activeElement) ? document.activeElement : undefined;
  change();
  if (focused?.isConnected) focused.focus({ preventScroll: true });
}
