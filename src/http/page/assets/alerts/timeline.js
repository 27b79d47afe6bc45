/** What happened to the alert, and what was said about it, earliest first. */
import { make } from "../dom.js";
import { part } from "./part.js";
import * as store from "./store.js";
import { actionName, moment, outcomes, reasons, targetName } from "./words.js";

/** An alert raised within so many ms needs no line of its own for when it was found. */
const atOnce = 60_000;

export function timeline() {
  return part("Timeline", steps, (all) => [make("ol", { class: "timeline" }, ...all.map(line))]);
}

function steps(alert) {
  const { time, raisedAt, reasons: why, comments, decision, closure, findings, updatedAt } = alert;
  const found = { at: time, what: "Found", text: why[0]?.text };
  const again =
    findings > 1 ? [{ at: updatedAt, what: `Last change, ${findings.toLocaleString("en")} findings by now` }] : [];
  const raised = { at: raisedAt, what: "Alert raised" };
  const said = comments.map(({ at, by, text }) => ({ at, what: `${by} wrote`, text, isSaid: true }));
  const decided = (decision?.measures ?? [])
    .filter(({ outcome }) => outcome !== "taken")
    .map(({ at, action, target, outcome }) => ({
      at,
      what: `${actionName(action)} on ${targetName(target)} ${outcomes[outcome]}`,
    }));
  const stood = store.containmentsOf(alert).flatMap(containmentSteps);
  const closed = closure ? [{ at: closure.at, what: `${closure.by} closed it`, text: reasons[closure.reason] }] : [];
  const all = [
    ...(raisedAt - time < atOnce ? [] : [found]),
    raised,
    ...decided,
    ...stood,
    ...said,
    ...again,
    ...closed,
  ];
  return all.sort((one, other) => one.at - other.at);
}

function containmentSteps({ since, action, target, by, ended }) {
  const name = `${actionName(action)} on ${targetName(target)}`;
  const began = { at: since, what: name, text: `by ${by}` };
  return ended ? [began, { at: ended.at, what: `${name} ended, by ${ended.by}`, text: ended.reason }] : [began];
}

const line = ({ at, what, text, isSaid }) =>
  make(
    "li",
    {},
    make("time", { datetime: new Date(at).toISOString() }, moment(at)),
    make("div", {}, make("span", {}, what), text ? make("p", { class: isSaid ? "speech" : "soft" }, text) : ""),
  );
