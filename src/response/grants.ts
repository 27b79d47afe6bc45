/**
 * What the gate grants for a while, as response sees it: a vendor's session is planned work of exactly what it announces,
 * and emergency access an alert that waits for review. What happened while nobody watched is caught up with at the start.
 */
import type { Activity } from "../core/index.ts";
import type { BreakGlass, Change, Grants, Principal, VendorSession } from "../gate/index.ts";
import type { Subject } from "./finding.ts";
import type { Responder } from "./responder.ts";

export interface GrantsWatchOptions {
  grants: Pick<Grants, "vendorSessions" | "breakGlass">;
  responder: Pick<Responder, "inbox" | "plannedWorks">;
  /** The name under which response itself acts. */
  self: Principal;
  subjectOf(principal: string, tenant: string): Subject;
  now(): number;
  onTrouble(error: unknown): void;
}

/** What a session that announces no activities is expected to do: come and go. Whatever else it does counts in full. */
const comingAndGoing: readonly Activity[] = ["login", "logout", "associate", "release", "echo"];
/** Where alerts begin. */
const forReview = 0.5;

/** Follows the grants from here on. */
export function watchGrants(options: GrantsWatchOptions): void {
  const { vendorSessions, breakGlass } = options.grants;
  const queue = new Map<string, Promise<void>>();
  /** In order for each grant; what fails is told, and made good at the next start. */
  const later = (key: string, work: () => Promise<void>) => {
    const before = queue.get(key) ?? Promise.resolve();
    const done = before.then(work).catch(options.onTrouble);
    queue.set(key, done);
    void done.finally(() => queue.get(key) === done && queue.delete(key));
  };
  const follow = <T>(registry: typeof vendorSessions | typeof breakGlass, act: (grant: T) => Promise<void>) => {
    const heed = (key: string) =>
      later(key, async () => {
        const grant = registry.get(key);
        if (grant) await act(grant as T);
      });
    registry.onChange(heed);
    for (const [key] of registry.all()) heed(key);
  };
  follow<VendorSession>(vendorSessions, (session) => heedSession(session, options));
  follow<BreakGlass>(breakGlass, (glass) => heedBreakGlass(glass, options));
}

async function heedSession(session: VendorSession, { responder, self, now }: GrantsWatchOptions): Promise<void> {
  const { id, principals, hosts, tenants, activities = comingAndGoing, reason, until, since, openedBy } = session;
  const { plannedWorks } = responder;
  if (session.closedAt !== undefined || until <= now())
    return plannedWorks.endSession(id, changeOf(self, "vendor session end"));
  const change = changeOf({ ...self, id: openedBy }, "vendor session");
  for (const [i, tenant] of tenants.entries()) {
    const own = i === 0 ? id : `${id}.${i}`;
    if (activities.length === 0 || plannedWorks.get(own)) continue;
    const work = { names: principals, hosts, activities, from: since, until, reason, vendorSession: id };
    await plannedWorks.announce({ ...work, id: own, tenant }, change);
  }
}

async function heedBreakGlass(glass: BreakGlass, options: GrantsWatchOptions): Promise<void> {
  const { inbox } = options.responder;
  const { id, principal, tenant, since, until, review } = glass;
  const known = inbox.all().find((alert) => alert.review === id);
  if (!known && !review) {
    const text = `Emergency access for care, for ${Math.round((until - since) / 60_000)} minutes: somebody else must review it`;
    const subject = options.subjectOf(principal, tenant);
    const { alert } = inbox.merged({
      ...{ time: since, subject, risk: forReview, evidence: ["break-glass"], invariant: false, review: id },
      reasons: [{ detector: "break-glass", text }],
    });
    await inbox.put(alert, changeOf(options.self, "alert")).durable;
  } else if (known && review && known.state !== "closed") {
    const change = changeOf({ ...options.self, id: review.by }, "break-glass review");
    if (review.justified) await inbox.close(known.id, { reason: "benign" }, change);
    else if (!known.comments.some(({ text }) => text === unjustified))
      await inbox.comment(known.id, unjustified, change);
  }
}

const unjustified = "Reviewed: not justified.";

const changeOf = (by: Principal, operation: string): Change => ({ by, protocol: "internal", operation });
