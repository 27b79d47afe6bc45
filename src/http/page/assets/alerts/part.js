/** A part of the view that is made anew only when what it shows has changed: focus and what is typed elsewhere stay. */
import { make } from "../dom.js";

/**
 * @param facts of the alert: what the part shows
 * @param show elements from these; none: the part is not there
 */
export function part(title, facts, show, attributes = {}) {
  const body = make("div");
  const element = make("section", { class: "card", "aria-label": title, ...attributes }, make("h3", {}, title), body);
  let shown;
  const update = (alert) => {
    const known = facts(alert);
    const text = JSON.stringify(known);
    if (text === shown) return;
    shown = text;
    const children = show(known).filter((child) => child !== "");
    element.hidden = children.length === 0;
    body.replaceChildren(...children);
  };
  return { element, update };
}

/** Terms and what they are; those that are not known are left out. */
export const terms = (pairs) =>
  make(
    "dl",
    {},
    ...pairs
      .filter(([, value]) => value !== undefined && value !== "")
      .flatMap(([term, value]) => [make("dt", {}, term), make("dd", {}, value)]),
  );
