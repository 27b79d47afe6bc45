/** The export use-case: what a target names, as Part 10 files byte for byte, and a DICOMDIR where asked for. */
import { dirname, join } from "node:path";
import { type AccessEvent, type Clock, HoldfastError, type Resource, rfc3339 } from "../../../core/index.ts";
import type { Archive, InstanceRef, RequestContext, Target } from "../../types.ts";
import { DicomdirBuilder } from "../dicomdir/builder.ts";
import { folderLayout, mediaLayout, type Planned } from "./layout.ts";
import { makeFile, syncFolder, writeObject } from "./write.ts";

export interface ExportOptions {
  archive: Archive;
  context: RequestContext;
  target: Target;
  /** Folder to write below; made when missing. */
  folder: string;
  /** Lay the files out as media and write a DICOMDIR, whose SOP Instance UID this is. */
  dicomdirUid?: string;
  parallel: number;
  clock: Clock;
  stopped(): boolean;
  onStart(total: { files: number; bytes: number }): void;
  onFile(report: ExportedFile, summary: ExportSummary): void;
}

export interface ExportedFile {
  file: string;
  /** `kept`: an earlier run of the same export wrote it. */
  outcome: "written" | "kept";
  sopInstanceUid: string;
  version: number;
  bytes: number;
}

export interface ExportSummary {
  files: number;
  written: number;
  kept: number;
  bytes: number;
  patients: number;
  studies: number;
  interrupted: boolean;
}

/** @throws HoldfastError request/not-found when the target names nothing; export/target; storage/* */
export async function exportFiles(options: ExportOptions): Promise<ExportSummary> {
  const { archive, clock } = options;
  const started = clock();
  const refs = await archive.resolve(options.target);
  if (refs.length === 0) throw new HoldfastError("request/not-found", "Nothing stored matches.");
  options.onStart({ files: refs.length, bytes: refs.reduce((sum, ref) => sum + sizeOf(ref), 0) });
  const summary = emptySummary(refs);
  try {
    await writeAll(refs, options, summary);
    archive.record(exportEvent(options, started, summary, summary.interrupted ? "partial" : "success"));
  } catch (error) {
    archive.record(exportEvent(options, started, summary, summary.files > 0 ? "partial" : "failure"));
    throw error;
  } finally {
    await archive.flush();
  }
  return summary;
}

async function writeAll(refs: InstanceRef[], options: ExportOptions, summary: ExportSummary): Promise<void> {
  const { archive, context, target, folder, dicomdirUid } = options;
  const layout = dicomdirUid === undefined ? folderLayout(archive, context, target.at) : mediaLayout;
  const directory = dicomdirUid === undefined ? undefined : new DicomdirBuilder(dicomdirUid);
  const folders = new Set<string>([folder]);
  const planned = layout(refs)[Symbol.asyncIterator]();
  let failure: unknown;
  const work = async (): Promise<void> => {
    while (failure === undefined && !options.stopped()) {
      const next = await planned.next();
      if (next.done) return;
      try {
        await writeOne(next.value, options, summary, directory);
        for (const parent of parents(folder, next.value.path)) folders.add(parent);
      } catch (error) {
        failure ??= error;
      }
    }
    summary.interrupted ||= options.stopped();
  };
  await Promise.all(Array.from({ length: options.parallel }, work));
  if (failure !== undefined) throw failure;
  if (directory && !summary.interrupted) {
    await makeFile(join(folder, "DICOMDIR"), (file) => file.writeFile(directory.build()));
  }
  for (const each of folders) await syncFolder(each);
}

async function writeOne(
  { ref, path }: Planned,
  options: ExportOptions,
  summary: ExportSummary,
  directory: DicomdirBuilder | undefined,
): Promise<void> {
  const file = join(options.folder, ...path);
  const written = await writeObject(file, options.archive.open(ref), directory !== undefined);
  if (directory && written.header) directory.add(ref, path, written.header);
  const outcome = written.kept ? "kept" : "written";
  summary.files++;
  summary[outcome]++;
  summary.bytes += written.bytes;
  const { sopInstanceUid, version } = ref;
  options.onFile({ file: path.join("/"), outcome, sopInstanceUid, version, bytes: written.bytes }, summary);
}

/** The folders between the target folder and the file, nearest first. */
function parents(folder: string, path: string[]): string[] {
  return path.slice(1).map((_, index) => dirname(join(folder, ...path.slice(0, path.length - index))));
}

function exportEvent(
  options: ExportOptions,
  started: number,
  summary: ExportSummary,
  status: AccessEvent["status"],
): AccessEvent {
  const { context, clock } = options;
  return {
    time: rfc3339(started),
    activity: "export",
    status,
    protocol: context.protocol,
    operation: context.operation,
    actor: context.actor,
    src_endpoint: context.src,
    resources: resources(options.target),
    ...(options.target.at === undefined ? {} : { as_of: rfc3339(options.target.at) }),
    count: { objects: summary.files, patients: summary.patients, studies: summary.studies },
    traffic: { bytes_out: summary.bytes },
    duration: Math.max(0, clock() - started),
  };
}

function resources(target: Target): Resource[] {
  const study = target.studyUid?.[0];
  const series = target.seriesUid?.[0];
  const instance = target.sopInstanceUid?.[0];
  const level = instance ? "instance" : series ? "series" : study ? "study" : "patient";
  return [
    {
      level,
      ...(target.patientId === undefined ? {} : { patient_id: target.patientId }),
      ...(study ? { study_uid: study } : {}),
      ...(series ? { series_uid: series } : {}),
      ...(instance ? { sop_instance_uid: instance } : {}),
    },
  ];
}

function emptySummary(refs: InstanceRef[]): ExportSummary {
  const patients = new Set(refs.map((ref) => ref.patientId)).size;
  const studies = new Set(refs.map((ref) => ref.studyUid)).size;
  return { files: 0, written: 0, kept: 0, bytes: 0, patients, studies, interrupted: false };
}

function sizeOf(ref: InstanceRef): number {
  return ref.headerSize + ref.dataSetSize;
}
