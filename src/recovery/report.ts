/** The blast radius as people and programs read it. */
import { rfc3339 } from "../core/index.ts";
import { type Damage, type Effect, effects, type Touched } from "./damage.ts";
import { textOf } from "./selector.ts";

export interface Figures {
  patients: number;
  studies: number;
  objects: number;
}

export interface DamageReport {
  principals: string[];
  incident?: string;
  from: string;
  to: string;
  entries: number;
  first?: number;
  last?: number;
  refused: number;
  searches: { entry: number; time: string; tenant: string; matches: number }[];
  tenants: TenantReport[];
  objects: ObjectReport[];
}

export interface TenantReport {
  tenant: string;
  touched: Figures;
  byEffect: Record<Effect, Figures>;
  untouched: Figures;
  /** False where objects were given out without being named: then `untouched` holds for changes, not for reads. */
  unreadProvable: boolean;
  untouchedPatients: string[];
}

export interface ObjectReport {
  tenant: string;
  patientId: string;
  studyUid: string;
  seriesUid: string;
  sopInstanceUid: string;
  touches: { effect: Effect; entry: number; time: string; version: number; replaced?: number }[];
}

/** @param only `figures`: without the objects, searches and patients one by one */
export function reportOf(damage: Damage, only?: "figures"): DamageReport {
  const report = wholeReport(damage);
  if (only === undefined) return report;
  const tenants = report.tenants.map((tenant) => ({ ...tenant, untouchedPatients: [] }));
  return { ...report, tenants, searches: [], objects: [] };
}

function wholeReport(damage: Damage): DamageReport {
  const { principals, incident, from, to } = damage.suspicion;
  const { entries, first, last, refused } = damage;
  return {
    principals: principals.map(textOf),
    ...(incident === undefined ? {} : { incident }),
    from: rfc3339(from),
    to: rfc3339(to),
    entries,
    ...(first === undefined ? {} : { first }),
    ...(last === undefined ? {} : { last }),
    refused,
    searches: damage.searches.map((search) => ({ ...search, time: rfc3339(search.time) })),
    tenants: [...damage.holdings.tenants.keys()].sort().map((tenant) => tenantReport(damage, tenant)),
    objects: damage.objects.map(objectReport),
  };
}

function tenantReport(damage: Damage, tenant: string): TenantReport {
  const touched = damage.objects.filter(({ held }) => held.tenant === tenant);
  const helds = new Set(touched.map(({ held }) => held));
  const patients = new Set(touched.map(({ held }) => held.patientId));
  const studies = new Set(touched.map(({ held }) => held.studyUid));
  const rest = [...damage.holdings.all(tenant)].filter((held) => !helds.has(held));
  const restPatients = new Set(rest.map(({ patientId }) => patientId).filter((id) => !patients.has(id)));
  const restStudies = new Set(rest.map(({ studyUid }) => studyUid).filter((uid) => !studies.has(uid)));
  const by = (effect: Effect) => touched.filter(({ touches }) => touches.some((touch) => touch.effect === effect));
  return {
    tenant,
    touched: figures(touched),
    byEffect: Object.fromEntries(effects.map((effect) => [effect, figures(by(effect))])) as Record<Effect, Figures>,
    untouched: { patients: restPatients.size, studies: restStudies.size, objects: rest.length },
    unreadProvable: !damage.unbounded.some((entry) => entry.tenant === tenant),
    untouchedPatients: [...restPatients].sort(),
  };
}

function figures(touched: Touched[]): Figures {
  return {
    patients: new Set(touched.map(({ held }) => held.patientId)).size,
    studies: new Set(touched.map(({ held }) => held.studyUid)).size,
    objects: touched.length,
  };
}

function objectReport({ held, touches }: Touched): ObjectReport {
  const { tenant, patientId, studyUid, seriesUid, sopInstanceUid } = held;
  const place = { tenant, patientId, studyUid, seriesUid, sopInstanceUid };
  return { ...place, touches: touches.map((touch) => ({ ...touch, time: rfc3339(touch.time) })) };
}
