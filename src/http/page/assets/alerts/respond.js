/** What the policy decided, what stands by now, and what a person may do. */
import { get, post } from "../api.js";
import { make } from "../dom.js";
import { may } from "../session.js";
import { field, folded, form, select } from "./forms.js";
import { part, terms } from "./part.js";
import * as store from "./store.js";
import { actionName, actions, moment, outcomes, safeguards, targetName } from "./words.js";

/** Shortest reason that the API takes, characters. */
const shortestReason = 8;

export function respond(alert) {
  const decided = part("What the policy says", decisionOf, showDecision);
  const standing = part("Containment", standingOf, (all) => all.map(showContainment));
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

function standingOf(alert) {
  if (!may("containment.read")) return [];
  const waiting = (id) => store.state().approvals.find(({ what }) => what === `release ${id}`);
  return store.containmentsOf(alert).map((one) => ({ ...one, waiting: waiting(one.id) }));
}

function showContainment(one) {
  const { action, target, state, since, until, by, reason, asked, because = [], ended, critical, perMinute } = one;
  const made = because.map((name) => safeguards[name] ?? name).join(" and ");
  const milder = asked && made ? `${actionName(asked)} was asked for; made milder because ${made}.` : undefined;
  const pace = perMinute === undefined ? "" : ` to ${perMinute} a minute`;
  const isActive = state === "active";
  const ends = until === undefined ? "when it is released" : moment(until);
  return make(
    "article",
    { class: "containment", "data-state": state },
    make("h4", {}, `${actionName(action)}${pace} on ${targetName(target)}`),
    make(
      "p",
      { class: "soft" },
      isActive ? `Stands: ${actions[action]?.[1] ?? ""}.` : `Has ended: ${ended?.reason ?? state}.`,
    ),
    terms([
      ["Since", moment(since)],
      isActive ? ["Ends", ends] : ["Ended", ended && `${moment(ended.at)}, by ${ended.by}`],
      ["By", by],
      ["Why", reason],
      ["Safeguard", milder],
    ]),
    isActive ? toldPart(one) : "",
    isActive && may("containment.manage") ? releasing(one, critical) : "",
  );
}

/** What the person affected reads, from the server: there is one wording of it. */
function toldPart({ id, action }) {
  if (action === "watch") return "";
  const words = make("p", { class: "speech" });
  return folded(
    "What the person affected is told",
    async () => {
      const answer = await get(`/containments/${encodeURIComponent(id)}`).catch((error) => error);
      words.textContent = answer.message;
    },
    words,
  );
}

/** Reasons of releases that wait for a second person: given once, they are there when it is done again. */
const drafts = new Map();

function releasing({ id, waiting }, critical) {
  const why = make("input", { required: true, minlength: shortestReason, maxlength: 500, autocomplete: "off" });
  why.value = drafts.get(id) ?? "";
  why.addEventListener("input", () => drafts.set(id, why.value));
  const hint = critical ? "Care may depend on it: a second person has to approve, then release it again." : "";
  const act = async () => {
    try {
      store.answered(
        "containment",
        await post(`/containments/${encodeURIComponent(id)}/release`, { reason: why.value }),
      );
    } finally {
      await store.loadApprovals(); // the refusal may have asked for a second person
    }
  };
  const state = waiting && make("p", { class: "note" }, saidOf(waiting));
  const release = folded("Release", undefined, form("Release", act, field("Reason", why, hint)));
  release.open = drafts.has(id);
  return make("div", {}, state ?? "", release);
}

const saidOf = ({ askedBy, approvedBy }) =>
  approvedBy === undefined
    ? `${askedBy} asked to release it. It waits for a second person.`
    : `${approvedBy} approved that ${askedBy} releases it: ${askedBy} may release it now.`;

/** A person's own measure, whatever the policy says. The suggestion is the policy's, else the engine's. */
function containing(alert) {
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
