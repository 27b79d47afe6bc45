/** The view of alerts: what waits on the left, the alert that is looked at on the right. */
import { find, make } from "../dom.js";
import { startApprovals } from "./approvals.js";
import { showAlert } from "./detail.js";
import { startList } from "./list.js";
import * as store from "./store.js";
import { techniqueName } from "./techniques.js";
import { plural } from "./words.js";

/** @returns shows the alert with this id, or none */
export function startAlerts() {
  const news = make("p", { id: "news", class: "unseen", role: "status" });
  const list = make("section", { class: "list", "aria-label": "List of alerts" });
  const detail = make("section", { class: "detail", "aria-label": "Alert" });
  find("inbox").replaceChildren(news, list, detail);
  startApprovals(list);
  startList(list);
  store.onArrival(({ subject, technique, risk }) => {
    const what = technique === undefined ? "" : `: ${techniqueName(technique)}`;
    news.textContent = `New alert about ${subject.principal}${what}, risk ${risk.toFixed(2)}`;
  });
  store.onChange(showWaiting);
  store.begin();
  return (id) => {
    find("inbox").dataset.showing = id === undefined || id === "" ? "list" : "alert";
    showAlert(detail, id || undefined);
  };
}

/** How many nobody has seen yet, beside the name of the view and in the window's title. */
function showWaiting() {
  const count = store.unseen();
  const waiting = find("waiting");
  waiting.hidden = count === 0;
  waiting.textContent = String(count);
  waiting.setAttribute("aria-label", `, ${plural(count, "new alert")}`);
  document.title = count === 0 ? "Holdfast" : `(${count}) Holdfast`;
}
