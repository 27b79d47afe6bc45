/** What the policy decided, what stands by now, and what a person may do. */
import { post } from "../api.js";
import { make } from "../dom.js";
import { may } from "../session.js";
import { containing } from "./contain.js";
import { form } from "./forms.js";
import { part } from "./part.js";
import { standingPart } from "./standing.js";
import * as store from "./store.js";
import { actionName, outcomes, targetName } from "./words.js";

export function respond(alert) {
  const decided = part("What the policy says", decisionOf, showDecision);
  const standing = standingPart();
  const contain = may("containment.manage") ? containing(alert) : undefined;
  const element = make("div", {}, decided.element, standing.element, contain?.element ?? "");
  return {
    element,
    update(now) {
      decided.update(now);
      standing.update(now);
      if (contain) contain.element.hidden = now.state === "closed";
    },
  };
}

const decisionOf = ({ id, decision, level, state }) => ({ id, decision, level, state });

function showDecision({ id, decision, level, state }) {
  const suggested =
    level === undefined ? "" : make("p", { class: "soft" }, `The engine would: ${actionName(level).toLowerCase()}.`);
  if (!decision) return [make("p", {}, "No rule of the policy holds for it."), suggested];
  const { measures, rule, policy, mode } = decision;
  const list = measures.map(({ action, target, outcome }) =>
    make("li", {}, make("b", {}, actionName(action)), ` on ${targetName(target)} ${outcomes[outcome]}.`),
  );
  const isAsked = measures.some(({ outcome }) => outcome === "asked") && state !== "closed";
  const by = make("p", { class: "soft" }, `Rule “${rule}” of policy ${policy}, mode ${mode}.`);
  return [make("ul", { class: "measures" }, ...list), by, suggested, isAsked ? answering(id) : ""];
}

function answering(id) {
  if (!may("containment.manage")) return make("p", { class: "soft" }, "Somebody who may contain has to answer.");
  const answer = async (accept) =>
    store.answered("alert", await post(`/alerts/${encodeURIComponent(id)}/decision`, { accept }));
  return make(
    "div",
    { class: "row" },
    form("Do it", () => answer(true)),
    form("Decline", () => answer(false)),
  );
}
