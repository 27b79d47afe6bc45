/** Tells whoever looks at the page what containment keeps from them, since when, and whom to call. */
import { get } from "./api.js";
import { find, make } from "./dom.js";
import { may } from "./session.js";

const every = 60_000;

export function startPaused() {
  if (!may("account.own")) return;
  const refresh = async () => {
    if (!document.hidden) await show().catch(() => {}); // an archive that cannot be reached is told by its health
    setTimeout(refresh, every);
  };
  refresh();
}

let shown = "";

async function show() {
  const { containments } = await get("/containments/mine");
  const messages = containments.map(({ message }) => message);
  const place = find("paused");
  place.hidden = messages.length === 0;
  if (messages.join() !== shown) place.replaceChildren(...messages.map((message) => make("p", {}, message)));
  shown = messages.join();
}
