/** Containing somebody by hand. */
import { post } from "../api.js";
import { make } from "../dom.js";
import { field, folded, form, select, shortestReason } from "./forms.js";
import * as store from "./store.js";
import { actionName, actions } from "./words.js";

/** A person's own measure, whatever the policy says. The suggestion is the policy's, else the engine's. */
export function containing(alert) {
  const suggested = alert.decision?.measures.find(({ outcome }) => outcome !== "taken")?.action ?? alert.level;
  const action = select(namesOf(actions), suggested ?? "read-only");
  const left = make("small", {});
  const explain = () => {
    left.textContent = `Then ${actions[action.value][1]}.`;
  };
  action.addEventListener("change", explain);
  explain();
  const target = select(targetsOf(alert.subject));
  const minutes = make("input", { type: "number", min: 1, max: 525_600, value: 60, placeholder: "until released" });
  const why = make("textarea", { rows: 2, required: true, minlength: shortestReason, maxlength: 500 });
  const act = async () => {
    const [kind, ...id] = target.value.split(" ");
    const ends = minutes.value === "" ? {} : { minutes: Number(minutes.value) };
    const order = {
      target: { kind, id: id.join(" ") },
      action: action.value,
      reason: why.value,
      alert: alert.id,
      ...ends,
    };
    const made = await post("/containments", order);
    store.answered("containment", made);
    why.value = "";
    return made.asked === undefined
      ? "It stands."
      : `It stands as ${actionName(made.action).toLowerCase()}: a safeguard made it milder.`;
  };
  const parts = [
    field("What", action),
    left,
    field("On", target),
    field("Minutes", minutes, "Empty: until it is released."),
    field("Reason", why),
  ];
  const open = folded("Contain", undefined, form("Contain", act, ...parts));
  return { element: make("section", { class: "card", "aria-label": "Contain" }, open) };
}

const namesOf = (all) => Object.fromEntries(Object.entries(all).map(([key, [name]]) => [key, name]));

function targetsOf({ principal, vendor, host, tenant }) {
  return {
    [`principal ${principal}`]: principal,
    ...(vendor === undefined ? {} : { [`vendor ${vendor}`]: `Vendor ${vendor}, all identities` }),
    ...(host === undefined ? {} : { [`host ${host}`]: `Address ${host}` }),
    [`tenant ${tenant}`]: `Clinic ${tenant}, everybody`,
  };
}
