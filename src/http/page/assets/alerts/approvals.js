/** What waits for a second person. */
import { post } from "../api.js";
import { make } from "../dom.js";
import { may, me } from "../session.js";
import { form } from "./forms.js";
import * as store from "./store.js";
import { actionName, moment, targetName } from "./words.js";

export function startApprovals(place) {
  const list = make("ul", {});
  const card = make(
    "section",
    { class: "approvals", "aria-label": "Waits for a second person" },
    make("h2", {}, "Waits for a second person"),
    list,
  );
  card.hidden = true;
  place.append(card);
  let shown = "";
  store.onChange(() => {
    const { approvals } = store.state();
    const known = JSON.stringify(approvals.map((one) => [one, whatOf(one)]));
    if (known === shown) return;
    shown = known;
    card.hidden = approvals.length === 0;
    list.replaceChildren(...approvals.map(line));
  });
}

function line(approval) {
  const { id, askedBy, until, approvedBy } = approval;
  const isMine = askedBy === me();
  const said =
    approvedBy === undefined ? "" : `${approvedBy} approved it: ${isMine ? "you" : askedBy} can do it again now.`;
  const hint = isMine ? "Another person has to approve it, then do it again." : "";
  const approve = async () => {
    await post(`/approvals/${encodeURIComponent(id)}/approve`);
    await store.loadApprovals();
  };
  return make(
    "li",
    {},
    make("b", {}, whatOf(approval)),
    make("small", {}, `asked by ${isMine ? "you" : askedBy}, until ${moment(until)}`),
    make("p", { class: "soft" }, said || hint),
    !isMine && approvedBy === undefined && may("approvals.give") ? form("Approve", approve) : "",
  );
}

/** `release ID` is told by what the containment is. */
function whatOf({ what }) {
  const [, id] = /^release (\S+)$/.exec(what) ?? [];
  const containment = id === undefined ? undefined : store.containmentOf(id);
  if (!containment) return what;
  const { action, target } = containment;
  return `Release “${actionName(action)}” on ${targetName(target)}`;
}
