/** What the view knows of the server: alerts, containments, and what waits for a second person. */
import { get } from "../api.js";
import { may } from "../session.js";
import { follow } from "./live.js";

const pageSize = 100;
const retryAfter = 3_000;

const alerts = new Map();
const containments = new Map();
let approvals = [];
let filter = { state: "open", risk: 0 };
/** More alerts fit the filter than are here. */
let hasMore = false;
/** When the latest alert was raised, ms since 1970 by the server's clock. */
let newest = 0;
let connection = "broken";
let trouble = "";
const listeners = new Set();
const arrivals = new Set();

/** Called after each change, at most once a frame. */
export const onChange = (listener) => listeners.add(listener);
/** Called with an alert that was not there before. */
export const onArrival = (listener) => arrivals.add(listener);

let told = false;

function changed() {
  groups = undefined;
  if (told) return;
  told = true;
  queueMicrotask(() => {
    told = false;
    for (const listener of listeners) listener();
  });
}

export const state = () => ({ filter, hasMore, connection, trouble, approvals });
export const alertOf = (id) => alerts.get(id);
export const containmentsOf = (alert) =>
  [...containments.values()]
    .filter((one) => one.alert === alert.id || (one.incident !== undefined && one.incident === alert.incident))
    .sort((one, other) => rank(one, alert) - rank(other, alert) || other.since - one.since);
/** What stands comes first, and of that what was done about this very alert. */
const rank = (containment, alert) =>
  (containment.state === "active" ? 0 : 2) + (containment.alert === alert.id ? 0 : 1);
export const containmentOf = (id) => containments.get(id);
export const alertsOfIncident = (incident) => byIncident().get(incident) ?? [];

let groups;
/** Latest change first; made once for each change. */
const byIncident = () =>
  (groups ??= Map.groupBy(
    shown(() => true),
    (alert) => alert.incident,
  ));

/** Those that fit the filter, latest change first. */
export const listed = () => shown(fits);

const shown = (wanted) => [...alerts.values()].filter(wanted).sort((one, other) => other.seq - one.seq);

function fits(alert) {
  const { state: wanted, risk } = filter;
  const isState = wanted === "any" || (wanted === "open" ? alert.state !== "closed" : alert.state === wanted);
  return isState && alert.risk >= risk;
}

/** Begins with what there is, then follows what changes: what does while it is read comes again with the stream. */
export async function begin() {
  const latest = await attempt(() => get("/alerts?limit=1"));
  if (!latest) return setTimeout(begin, retryAfter);
  const [{ seq, raisedAt } = { seq: 0, raisedAt: 0 }] = latest.alerts;
  newest = raisedAt;
  await load();
  if (may("containment.read")) {
    const answer = await attempt(() => get("/containments"));
    for (const one of answer?.containments ?? []) containments.set(one.id, one);
  }
  follow(seq, take, (now) => {
    connection = now;
    changed();
  });
}

function take(type, record) {
  if (type === "approvals") return loadApprovals();
  if (type === "containment") containments.set(record.id, record);
  else {
    alerts.set(record.id, record);
    if (record.raisedAt > newest && fits(record)) for (const listener of arrivals) listener(record);
    newest = Math.max(newest, record.raisedAt);
  }
  changed();
}

/** What the server answered an act with is what the stream will tell as well. */
export function answered(type, record) {
  const known = (type === "alert" ? alerts : containments).get(record.id);
  if (!known || known.seq <= record.seq) take(type, record);
}

export async function setFilter(next) {
  filter = next;
  await load();
}

export const more = () => load(listed().at(-1)?.seq);

/** One page of what fits the filter. */
async function load(before) {
  const { state: wanted, risk } = filter;
  const keys = { limit: pageSize, risk, ...(wanted === "any" ? {} : { state: wanted }), ...(before ? { before } : {}) };
  const asked = filter;
  const answer = await attempt(() => get(`/alerts?${new URLSearchParams(keys)}`));
  if (!answer || asked !== filter) return;
  for (const alert of answer.alerts) if ((alerts.get(alert.id)?.seq ?? -1) < alert.seq) alerts.set(alert.id, alert);
  hasMore = answer.alerts.length === pageSize;
  changed();
}

/** One that the list may not hold: an address of it was opened, or it belongs to an incident. */
export async function fetchAlert(id) {
  const alert = await get(`/alerts/${encodeURIComponent(id)}`);
  answered("alert", alert);
}

export async function fetchIncident(incident) {
  const { alerts: all } = await get(`/alerts?${new URLSearchParams({ incident, limit: pageSize })}`);
  for (const alert of all) answered("alert", alert);
}

export async function loadApprovals() {
  if (!may("approvals.read")) return;
  const now = Date.now();
  const answer = await attempt(() => get("/approvals"));
  if (answer) approvals = answer.approvals.filter(({ until }) => until > now);
  changed();
}

async function attempt(load) {
  try {
    const answer = await load();
    trouble = "";
    return answer;
  } catch (error) {
    trouble = error.message;
    changed();
    return undefined;
  }
}

/** Of those that are here, how many nobody has seen yet. */
export const unseen = () => shown(({ state }) => state === "new").length;
