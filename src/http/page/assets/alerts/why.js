/** Who it is about, what was seen, and what is usual. */
import { make } from "../dom.js";
import { part, terms } from "./part.js";
import { techniqueLink } from "./techniques.js";
import { abouts, span } from "./words.js";

export function why() {
  const facts = ({ subject, about, reasons, technique, invariant, automatic, late, onlyAsks, together, findings }) => ({
    ...{ subject, about, reasons, technique, invariant, automatic, late, onlyAsks, together, findings },
  });
  return part("What was seen, and of whom", facts, show);
}

function show(alert) {
  const { subject, technique, together = [], findings } = alert;
  const others = together.filter((name) => name !== subject.principal);
  return [
    ...notes(alert).map((note) => make("p", { class: "note" }, note)),
    terms([
      ["Who", `${subject.principal}${subject.critical ? ", critical for care" : ""}`],
      ["Kind", [subject.kind, ...subject.roles.filter((role) => role !== subject.kind)].join(", ")],
      ["Vendor", subject.vendor],
      ["Clinic", subject.tenant],
      ["Address", subject.host],
      ["Together with", others.join(", ")],
      ["Suggests", technique === undefined ? undefined : techniqueLink(technique)],
      ["Found", findings === 1 ? "once" : `${findings.toLocaleString("en")} times`],
    ]),
    make("ol", { class: "reasons" }, ...alert.reasons.map(reasonOf)),
  ];
}

function notes({ about, invariant, automatic, late, onlyAsks }) {
  return [
    about === undefined ? "" : abouts[about],
    invariant ? "Ordinary work does not do this at all." : "",
    automatic && !invariant ? "Independent kinds of evidence, each far beyond an alert, agree." : "",
    late === undefined ? "" : `It was found ${span(late)} late: the archive was down meanwhile.`,
    onlyAsks ? "Nothing is done without a person: it is long ago, or who did it can do nothing more." : "",
  ].filter((note) => note !== "");
}

function reasonOf({ detector, text, observed, expected, peer }) {
  const figures = [
    ["seen", observed],
    ["usual", expected],
    ["among others", peer],
  ].filter(([, value]) => value !== undefined);
  return make(
    "li",
    {},
    make("p", {}, text),
    make(
      "p",
      { class: "figures-of" },
      make("span", { class: "detector" }, detector),
      ...figures.map(([name, value]) => make("span", {}, `${name} `, make("b", {}, figure(value)))),
    ),
  );
}

const figure = (value) => value.toLocaleString("en", { maximumSignificantDigits: 3 });
