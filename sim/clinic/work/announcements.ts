/** Planned work that was told beforehand: when, by whom, from where, what it does. */

import { principalId } from "../web.ts";
import type { Department } from "../world/department.ts";
import { engineers, vendorGateway, window } from "./vendor.ts";

export interface Announcement {
  /** ms since 1970. */
  from: number;
  to: number;
  reason: string;
  /** Accounts, AE titles and roles that will act. */
  names: readonly string[];
  addresses: readonly string[];
  /** Activities as access events name them. */
  activities: readonly string[];
}

const vendorCloudAddress = "198.51.100.23";

export function announcementsOf({ parameters, calendar, equipment, staff, comingLinac }: Department): Announcement[] {
  const { vendorAnnouncedDays, migration, retagging, newLinac } = parameters;
  const announced: Announcement[] = vendorAnnouncedDays.map((day) => ({
    from: calendar.at(day, window.from),
    to: calendar.at(day, window.to),
    reason: "vendor's update",
    names: [
      ...engineers.flatMap((name) => [`vendor-${name}`, principalId(`vendor-${name}`)]),
      "oncorecord-support",
      equipment.oncology.ae,
    ],
    addresses: [vendorGateway, vendorCloudAddress, equipment.oncology.ip],
    activities: ["login", "logout", "query", "read", "echo", "associate", "release", "admin"],
  }));
  if (migration) {
    announced.push({
      from: calendar.at(migration.day, 18 * 60),
      to: calendar.at(migration.day + migration.nights, 7 * 60),
      reason: "the old archive is taken over",
      names: [equipment.oldArchive.ae],
      addresses: [equipment.oldArchive.ip],
      activities: ["associate", "release", "create", "duplicate"],
    });
  }
  if (retagging) {
    const administrators = staff.people.filter(({ role }) => role === "administrator");
    announced.push({
      from: calendar.at(retagging.day, 15 * 60),
      to: calendar.at(retagging.day + 1, 6 * 60),
      reason: "identifiers are corrected",
      names: ["RETAG", ...administrators.flatMap(({ account }) => [account, principalId(account)])],
      addresses: administrators.map(({ desk }) => desk),
      activities: ["associate", "release", "update", "admin"],
    });
  }
  if (newLinac) {
    announced.push({
      from: calendar.at(newLinac.day, 0),
      to: calendar.at(newLinac.day + newLinac.commissioningDays, 0),
      reason: "a linac is commissioned",
      names: [comingLinac.ae],
      addresses: [comingLinac.ip],
      activities: ["associate", "release", "create", "echo", "query", "read"],
    });
  }
  return announced;
}
