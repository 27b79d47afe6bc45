/** One alert: who, what and why, what was done about it, and what can be. */
import { make } from "../dom.js";
import { acts } from "./acts.js";
import { incident } from "./incident.js";
import { riskMark } from "./list.js";
import { respond } from "./respond.js";
import * as store from "./store.js";
import { timeline } from "./timeline.js";
import { why } from "./why.js";
import { moment, states } from "./words.js";
import { work } from "./work.js";

let place;
let wanted;
/** What is shown: the id, and what brings it up to date. */
let shown;

export function showAlert(element, id) {
  if (!place) store.onChange(refresh);
  place = element;
  wanted = id;
  shown = undefined;
  if (id === undefined) {
    place.replaceChildren(make("div", { class: "empty" }, make("strong", {}, "Nothing is opened"), "Choose an alert."));
    return;
  }
  place.replaceChildren();
  if (store.alertOf(id)) refresh();
  else fetchOne(id);
}

async function fetchOne(id) {
  try {
    await store.fetchAlert(id);
    refresh();
  } catch (error) {
    if (wanted !== id) return;
    place.replaceChildren(
      back(),
      make("div", { class: "empty", role: "alert" }, make("strong", {}, "That did not work"), error.message),
    );
  }
}

function refresh() {
  const alert = wanted === undefined ? undefined : store.alertOf(wanted);
  if (!alert) return;
  if (shown?.id !== alert.id) open(alert);
  shown.update(alert);
}

function open(alert) {
  const title = make("h2", { tabindex: "-1" });
  const facts = make("p", { class: "facts" });
  const told = [why(), acts(), timeline()];
  const done = [respond(alert), work(alert), incident(alert)];
  const parts = [...told, ...done];
  shown = {
    id: alert.id,
    update(now) {
      title.textContent = now.reasons[0]?.text ?? "No reason is given";
      facts.replaceChildren(
        riskMark(now.risk),
        make("span", { class: "state", "data-state": now.state }, states[now.state]),
        make("span", {}, now.subject.principal),
        make("span", {}, `raised ${moment(now.raisedAt)}`),
      );
      for (const part of parts) part.update(now);
    },
  };
  place.replaceChildren(
    back(),
    make("header", {}, title, facts),
    make(
      "div",
      { class: "columns" },
      make("div", {}, ...told.map(({ element }) => element)),
      make("div", {}, ...done.map(({ element }) => element)),
    ),
  );
  store.fetchIncident(alert.incident).catch(() => {}); // what is here is shown; the list says when nothing can be reached
  title.focus({ preventScroll: true });
  place.scrollTop = 0;
  scrollTo(0, 0);
}

const back = () => make("a", { class: "back", href: "#/alerts" }, "‹ All alerts");
