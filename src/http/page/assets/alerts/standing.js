/** The containments of the alert and its incident, what the person affected is told, and their release. */
import { get, post } from "../api.js";
import { make } from "../dom.js";
import { may } from "../session.js";
import { field, folded, form, shortestReason } from "./forms.js";
import { part, terms } from "./part.js";
import * as store from "./store.js";
import { actionName, actions, moment, safeguards, targetName } from "./words.js";

export const standingPart = () => part("Containment", standingOf, (all) => all.map(showContainment));

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
