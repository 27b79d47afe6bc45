/** The affair that the alert belongs to: its other alerts, and its damage. */
import { make } from "../dom.js";
import { may } from "../session.js";
import { damageCard } from "./damage.js";
import { riskMark } from "./list.js";
import { part } from "./part.js";
import * as store from "./store.js";
import { states } from "./words.js";

export function incident(alert) {
  const others = part("Same incident", othersOf, (all) =>
    all.length === 0 ? [] : [make("ul", { class: "others" }, ...all.map(link))],
  );
  const damage = may("recovery.read") ? damageCard(alert) : "";
  return { element: make("div", {}, others.element, damage), update: others.update };
}

const othersOf = ({ id, incident: whole }) =>
  store
    .alertsOfIncident(whole)
    .filter((one) => one.id !== id)
    .map(({ id: other, risk, subject, state, reasons }) => ({
      id: other,
      risk,
      principal: subject.principal,
      state,
      text: reasons[0]?.text,
    }));

const link = ({ id, risk, principal, state, text }) =>
  make(
    "li",
    {},
    make(
      "a",
      { href: `#/alerts/${encodeURIComponent(id)}` },
      riskMark(risk),
      " ",
      make("b", {}, principal),
      ` ${states[state]}`,
    ),
    make("small", {}, text ?? ""),
  );
