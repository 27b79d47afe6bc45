import { type AccessEvent, type Level, type Resource, rfc3339 } from "../../core/index.ts";
import type { DataSet } from "../../dicom/index.ts";
import {
  type MoveRetrieval,
  type Operation,
  type Retrieval,
  type RetrievalTotals,
  type RetrievedItem,
  StatusError,
  statuses,
} from "../../dimse/index.ts";
import type { ActionObject } from "../../gate/index.ts";
import type { Archive, InstanceRef, Target } from "../types.ts";
import type { DimsePeer } from "./config.ts";
import { contextOf } from "./context.ts";
import { eventOf } from "./events.ts";
import type { ServiceHost } from "./host.ts";
import { type RetrievedKeys, retrievedKeys } from "./model.ts";

/** An event names at most this many resources. */
const mostResources = 1_000;

/** C-GET: the instances that an identifier names. */
export async function getInstances(
  service: ServiceHost,
  identifier: DataSet,
  operation: Operation,
): Promise<Retrieval> {
  const object = await objectOf(service, "get", identifier, operation);
  const named = service.permit("get", operation, () => retrievedKeys(identifier, operation.abstractSyntax), object);
  return retrieval(service, named, operation, "C-GET", object);
}

/** C-MOVE: the same, to a peer that the configuration knows. */
export async function moveInstances(
  service: ServiceHost,
  request: { identifier: DataSet; destination: string },
  operation: Operation,
): Promise<MoveRetrieval> {
  const object = await objectOf(service, "move", request.identifier, operation);
  const asked = () => ({
    named: retrievedKeys(request.identifier, operation.abstractSyntax),
    destination: knownDestination(service, request.destination, operation),
  });
  const { named, destination } = service.permit("move", operation, asked, object);
  return { ...(await retrieval(service, named, operation, "C-MOVE", object, destination)), destination };
}

/** What it names that cannot be read is about nobody; the request itself is checked once it is permitted. */
function objectOf(service: ServiceHost, action: "get" | "move", identifier: DataSet, operation: Operation) {
  return service.objectOf(action, operation, () => {
    try {
      return targetOf(retrievedKeys(identifier, operation.abstractSyntax).keys);
    } catch {
      return undefined;
    }
  });
}

function knownDestination(service: ServiceHost, aeTitle: string, operation: Operation): DimsePeer {
  const destination = service.destination(aeTitle, operation);
  if (!destination) throw new StatusError(statuses.moveDestinationUnknown, "request/not-found", "No such destination.");
  return destination;
}

async function retrieval(
  service: ServiceHost,
  { level, keys }: RetrievedKeys,
  operation: Operation,
  name: string,
  object: ActionObject,
  destination?: DimsePeer,
): Promise<Retrieval> {
  const started = service.clock();
  const archive = service.archiveOf(operation);
  const past = service.momentOf(name, operation);
  const refs = await archive.resolve({ ...targetOf(keys), ...past });
  service.assertHere(destination ? "move" : "get", operation, archive, refs);
  const finished = (totals: RetrievalTotals): void => {
    const context = contextOf(operation.association, name);
    service.archive.record({
      ...eventOf(context, "read", started, service.clock()),
      ...(destination && {
        dst_endpoint: { hostname: destination.host, port: destination.port, ae_title: destination.aeTitle },
      }),
      ...outcomeOf(totals),
      ...(past.at === undefined ? {} : { as_of: rfc3339(past.at) }),
      resources: resourcesOf(refs, level, keys),
      count: countsOf(refs, totals),
      traffic: { bytes_out: totals.bytes },
    });
  };
  const still = studyByStudy((counts) => void service.still("get", operation, counts, object));
  return { items: refs.map((ref) => itemOf(archive, ref, still)), finished };
}

/**
 * Decides again for everything that is sent. Each study after the first is as good as an operation of its own, so that
 * nobody whose operations are limited asks for all of them in one.
 */
function studyByStudy(still: (counts: boolean) => void): (studyUid: string) => void {
  let known: string | undefined;
  return (studyUid) => {
    still(known !== undefined && known !== studyUid);
    known = studyUid;
  };
}

function targetOf(keys: ReadonlyMap<Level, string[]>): Target {
  const [patientId] = keys.get("patient") ?? [];
  const [studyUid, seriesUid, sopInstanceUid] = [keys.get("study"), keys.get("series"), keys.get("instance")];
  return {
    ...(patientId !== undefined && { patientId }),
    ...(studyUid && { studyUid }),
    ...(seriesUid && { seriesUid }),
    ...(sopInstanceUid && { sopInstanceUid }),
  };
}

/** `still` throws when the principal was contained since the retrieval began. */
function itemOf(archive: Archive, ref: InstanceRef, still: (studyUid: string) => void): RetrievedItem {
  return {
    sopClassUid: ref.sopClassUid,
    sopInstanceUid: ref.sopInstanceUid,
    transferSyntaxUid: ref.transferSyntaxUid,
    size: ref.dataSetSize,
    dataSet: () => {
      still(ref.studyUid);
      return whileStill(archive.open(ref).dataSet(), () => still(ref.studyUid));
    },
  };
}

/** A large object breaks off, too, and with it the association. */
async function* whileStill(chunks: AsyncIterable<Uint8Array>, still: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    still();
    yield chunk;
  }
}

function outcomeOf(totals: RetrievalTotals): Pick<AccessEvent, "status" | "status_detail"> {
  const sent = totals.completed + totals.warning;
  if (totals.cancelled) return { status: "partial", status_detail: "request/cancelled" };
  if (totals.failed === 0) return { status: "success" };
  return { status: sent > 0 ? "partial" : "failure" };
}

function countsOf(refs: readonly InstanceRef[], totals: RetrievalTotals): NonNullable<AccessEvent["count"]> {
  return {
    objects: totals.completed + totals.warning,
    failed: totals.failed,
    patients: new Set(refs.map((ref) => ref.patientId)).size,
    studies: new Set(refs.map((ref) => ref.studyUid)).size,
  };
}

/** One resource per entity at the level asked at; what was asked for, when nothing was found. */
function resourcesOf(refs: readonly InstanceRef[], level: Level, keys: ReadonlyMap<Level, string[]>): Resource[] {
  const resources = new Map<string, Resource>();
  for (const ref of refs) {
    const resource = resourceOf(ref, level);
    const id = resource.sop_instance_uid ?? resource.series_uid ?? resource.study_uid ?? resource.patient_id ?? "";
    if (resources.size < mostResources) resources.set(id, resource);
  }
  if (resources.size > 0) return [...resources.values()];
  return keys
    .get(level)!
    .slice(0, mostResources)
    .map((value) => ({ level, [resourceKeys[level]]: value }));
}

const resourceKeys = {
  patient: "patient_id",
  study: "study_uid",
  series: "series_uid",
  instance: "sop_instance_uid",
} as const satisfies Record<Level, keyof Resource>;

function resourceOf(ref: InstanceRef, level: Level): Resource {
  const resource: Resource = { level, patient_id: ref.patientId };
  if (level === "patient") return resource;
  resource.study_uid = ref.studyUid;
  if (level === "study") return resource;
  resource.series_uid = ref.seriesUid;
  if (level === "series") return resource;
  return { ...resource, sop_instance_uid: ref.sopInstanceUid, sop_class_uid: ref.sopClassUid, version: ref.version };
}
