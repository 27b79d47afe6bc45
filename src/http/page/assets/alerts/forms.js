/** Forms of the view: a button that acts by the API, and says what the server says where it does not. */
import { make } from "../dom.js";

/** Shortest reason of a containment or a release that the API takes, characters. */
export const shortestReason = 8;

let fields = 0;

/** A field with its label. `control`: an input, select or textarea. */
export function field(label, control, hint) {
  const id = `field-${++fields}`;
  control.id = id;
  return make(
    "div",
    { class: "field" },
    make("label", { for: id }, label),
    control,
    hint ? make("small", {}, hint) : "",
  );
}

/** @param options value to text */
export function select(options, value) {
  const control = make("select");
  control.append(...Object.entries(options).map(([key, text]) => make("option", { value: key }, text)));
  if (value !== undefined) control.value = value;
  return control;
}

/**
 * @param act does it; what it returns is told when it is done
 * @param parts fields before the button
 */
export function form(button, act, ...parts) {
  const said = make("p", { class: "said", role: "status" });
  const submit = make("button", { type: "submit" }, button);
  const element = make("form", { class: "act" }, ...parts, submit, said);
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    submit.disabled = true;
    tell(said, "", false);
    try {
      tell(said, (await act(element)) ?? "", false);
    } catch (error) {
      tell(said, error.message, true);
    } finally {
      submit.disabled = false;
    }
  });
  return element;
}

function tell(place, text, isRefusal) {
  place.textContent = text;
  place.classList.toggle("refused", isRefusal);
}

/** Several parts under a line that opens them. `onOpen` is called when they are opened. */
export function folded(title, onOpen, ...parts) {
  const details = make("details", { class: "folded" }, make("summary", {}, title), ...parts);
  details.addEventListener("toggle", () => details.open && onOpen?.());
  return details;
}
