/** Who works on the alert, what they say, and how it ended. */
import { post } from "../api.js";
import { make } from "../dom.js";
import { may, me } from "../session.js";
import { field, folded, form, select } from "./forms.js";
import * as store from "./store.js";
import { reasons } from "./words.js";

export function work(alert) {
  const path = `/alerts/${encodeURIComponent(alert.id)}`;
  const act = async (verb, body) => store.answered("alert", await post(`${path}/${verb}`, body));
  const seen = form("Mark as seen", () => act("acknowledge"));
  const mine = form("Take it", () => act("assign", { assignee: me() }));
  const others = assigning(act);
  const comment = commenting(act);
  const closing = closingOf(act);
  const review = alert.review !== undefined && alert.evidence.includes("break-glass") ? reviewing(alert) : "";
  const whose = make("p", {});
  const open = make("div", {}, make("div", { class: "row" }, seen, mine), others, comment, closing, review);
  const element = make(
    "section",
    { class: "card", "aria-label": "Work on it" },
    make("h3", {}, "Work on it"),
    whose,
    open,
  );
  return {
    element,
    update({ state, assignee, closure }) {
      const isOpen = state !== "closed";
      const said = closure ? `Closed by ${closure.by}: ${reasons[closure.reason]}.` : "";
      whose.textContent = said || (assignee === undefined ? "Nobody works on it." : `${assignee} works on it.`);
      open.hidden = !isOpen || !may("alerts.manage");
      seen.hidden = state !== "new";
      mine.hidden = assignee === me();
    },
  };
}

function assigning(act) {
  const name = make("input", {
    required: true,
    maxlength: 256,
    placeholder: "user:anna",
    autocomplete: "off",
    spellcheck: "false",
  });
  return folded(
    "Give it to somebody",
    undefined,
    form(
      "Assign",
      async () => {
        await act("assign", { assignee: name.value.trim() });
        name.value = "";
        return "Assigned.";
      },
      field("Who", name),
    ),
  );
}

function commenting(act) {
  const words = make("textarea", { rows: 2, maxlength: 4000, required: true });
  return form(
    "Add comment",
    async () => {
      await act("comments", { text: words.value });
      words.value = "";
      return "Added.";
    },
    field("Comment", words, "Name no patient here: comments stay in the journal."),
  );
}

function closingOf(act) {
  const why = select({ "": "Choose what it was", ...reasons }, "");
  why.required = true;
  const words = make("textarea", { rows: 2, maxlength: 4000 });
  const hint = "The engine learns from it: a true positive counts for 30 days, benign for 90, planned work for 7.";
  return folded(
    "Close it",
    undefined,
    form(
      "Close",
      async () => {
        const comment = words.value.trim();
        await act("close", { reason: why.value, ...(comment === "" ? {} : { comment }) });
      },
      field("What it was", why, hint),
      field("Comment", words),
    ),
  );
}

/** Emergency access is reviewed, which closes nothing by itself unless it was justified. */
function reviewing({ review }) {
  if (!may("break-glass.review")) return "";
  const verdict = select({ true: "Justified", false: "Not justified" }, "true");
  const words = make("textarea", { rows: 2, maxlength: 1000 });
  return folded(
    "Review the emergency access",
    undefined,
    form(
      "Give the review",
      async () => {
        const body = { justified: verdict.value === "true", comment: words.value.trim() };
        await post(`/break-glass/${encodeURIComponent(review)}/review`, body);
        return "Reviewed.";
      },
      field("It was", verdict),
      field("Comment", words),
    ),
  );
}
