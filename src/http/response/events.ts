/** What an alert is about, act by act: from the journal, without whom and what was touched. */
import type { OpenArchive } from "../../archive/index.ts";
import { assessorApart } from "../../archive/recovery/index.ts";
import { type AccessEvent, HoldfastError } from "../../core/index.ts";
import type { Responder } from "../../response/index.ts";
import { list, responseAnswers } from "../answers/index.ts";
import type { Route } from "../gate/route.ts";
import { maySeeAlert } from "./visible.ts";

export function registerAlertEvents(route: Route, { inbox }: Responder, archive: OpenArchive): void {
  const assessor = assessorApart(archive);
  route(
    {
      method: "GET",
      url: "/alerts/:id/events",
      may: "audit.read",
      summary: "The acts at which an alert was found, earliest first; names no patient and no object",
      answer: list("events", responseAnswers.alertEvent),
    },
    async ({ principal, parameters }) => {
      const alert = inbox.get(parameters["id"]!);
      if (!alert || !maySeeAlert(principal, alert)) throw new HoldfastError("request/not-found");
      const found = await assessor.events(alert.entries ?? []);
      return { events: [...found].map(([entry, event]) => shown(entry, event)) };
    },
  );
}

function shown(entry: number, event: AccessEvent) {
  const { time, activity, status, protocol, operation, actor, src_endpoint: from, count, traffic } = event;
  const modality = event.resources?.find((resource) => resource.modality !== undefined)?.modality;
  return {
    ...{ entry, time, activity, status, protocol, operation },
    ...known({ user: actor.user?.name, claimedUser: actor.claimed_user, app: actor.app, ip: from.ip, modality }),
    ...known({ objects: count?.objects, studies: count?.studies, patients: count?.patients }),
    ...known({ bytesIn: traffic?.bytes_in, bytesOut: traffic?.bytes_out, code: event.status_detail }),
  };
}

const known = <T extends object>(facts: T): Partial<T> =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Partial<T>;
