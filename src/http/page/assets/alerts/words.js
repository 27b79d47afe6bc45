/** What the inbox says in the API's words, in plain ones. */

/** Kinds of containment, mildest first: name, and what is left to whoever it stands on. */
export const actions = {
  watch: ["Watch closely", "everything is left; the engine looks closer"],
  reauthenticate: ["Demand a new login", "everything is left after a new login or association"],
  "rate-limit": ["Slow down", "so many operations a minute are left"],
  "read-only": ["Read only", "reading is left"],
  "quarantine-writes": [
    "Hold back uploads",
    "reading and storing are left; what is stored is safe but not shown until released",
  ],
  refuse: ["Refuse", "nothing is left; those who treat still read patients on treatment"],
  "cut-vendor-link": ["Cut the vendor's link", "nothing is left to any identity of the vendor"],
  "freeze-deletes": ["Freeze deletions", "everything but deletions is left to the clinic"],
};

export const actionName = (action) => actions[action]?.[0] ?? action;

/** Whom a containment stands on. */
export const targetName = ({ kind, id }) =>
  ({ vendor: `vendor ${id}`, host: `address ${id}`, tenant: `clinic ${id}` })[kind] ?? id;

export const outcomes = {
  would: "would have been done; the policy only notes it",
  asked: "is proposed and waits for your answer",
  taken: "was done",
  declined: "was declined",
};

export const safeguards = {
  "treatment-in-progress": "a treatment is in progress",
  "data-of-patients-on-treatment": "those who treat need to read patients on treatment",
  "last-path-to-a-linac": "it is the last working path to a linac",
};

/** When it speaks not against whoever completed it. */
export const abouts = {
  host: "It speaks about the address, not against the account that completed it.",
  vendor: "It speaks about the whole vendor, not against the identity that completed it.",
  tenant: "It speaks about everybody in the clinic together, not against whoever completed it.",
  object: "It speaks about an object, not against whoever touched it last.",
};

export const reasons = {
  "true positive": "True positive: it was an attack",
  benign: "Benign: as described, and harmless",
  "planned work": "Planned work",
  "training or test": "Training or test",
  "wrong data": "Wrong data: it did not happen as described",
  duplicate: "Duplicate of another alert",
};

export const states = { new: "New", acknowledged: "Seen", "in progress": "In progress", closed: "Closed" };

/** Of a risk from ½, where alerts begin, to 1. */
export const gradeOf = (risk) => (risk >= 0.9 ? "high" : risk >= 0.7 ? "medium" : "low");

export const percent = (risk) => `${Math.floor(risk * 100)} %`;

export const moment = (time) => new Date(time).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** Of ms since 1970, as one says it. */
export function ago(time) {
  const minutes = Math.max(0, Math.floor((Date.now() - time) / 60_000));
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`;
}

export const span = (ms) => {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1440)} days`;
};

export const plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
