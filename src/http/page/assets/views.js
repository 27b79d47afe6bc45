/** The views of the page, by the fragment of its address: `#/archive`, `#/alerts`, `#/alerts/ID`. */
import { find } from "./dom.js";
import { may } from "./session.js";

/** @param alerts shows the alert with an id, or none; absent where nobody may see alerts: then there is one view */
export function startViews(alerts) {
  if (!alerts) return;
  find("views").hidden = false;
  const show = () => {
    const [name, id] = location.hash.replace(/^#\//, "").split("/");
    const view = name === "archive" || name === "alerts" ? name : usual();
    for (const part of document.querySelectorAll("[data-view]")) part.hidden = part.dataset.view !== view;
    for (const link of find("views").querySelectorAll("a"))
      if (link.hash === `#/${view}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    if (view === "alerts") alerts(id);
  };
  addEventListener("hashchange", show);
  show();
}

/** Whoever sees no patients came for the alerts. */
const usual = () => (may("query") ? "archive" : "alerts");
