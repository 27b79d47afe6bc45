/** Machines and systems that speak DICOM to the archive, or are spoken to. */
import type { ClinicParameters } from "../parameters.ts";

export type Kind =
  | "linac"
  | "ct"
  | "planning"
  | "oncology"
  | "pacs"
  | "workstation"
  | "monitor"
  | "backup"
  | "research"
  | "old-archive"
  | "test-set";

export interface Device {
  ae: string;
  ip: string;
  kind: Kind;
}

export const archiveAe = "HOLDFAST";
export const archiveIp = "10.20.0.5";

export interface Equipment {
  linacs: Device[];
  cts: Device[];
  planning: Device[];
  oncology: Device;
  pacs: Device;
  physics: Device;
  monitor: Device;
  backup: Device;
  research: Device;
  oldArchive: Device;
}

export function equip(parameters: ClinicParameters): Equipment {
  const linacs = Array.from({ length: parameters.linacs }, (_, index): Device => {
    const isSatellite = index >= parameters.linacs - parameters.satelliteLinacs;
    return { ae: `LINAC${index + 1}`, ip: isSatellite ? `10.31.${index}.11` : `10.20.1.${11 + index}`, kind: "linac" };
  });
  return {
    linacs,
    cts: Array.from(
      { length: parameters.cts },
      (_, i): Device => ({ ae: `CT${i + 1}`, ip: `10.20.2.${11 + i}`, kind: "ct" }),
    ),
    planning: [1, 2].map((n): Device => ({ ae: `TPS${n}`, ip: `10.20.3.${10 + n}`, kind: "planning" })),
    oncology: { ae: "OIS", ip: "10.20.4.10", kind: "oncology" },
    pacs: { ae: "HOSPACS", ip: "10.8.0.20", kind: "pacs" },
    physics: { ae: "PHYSICS_WS", ip: "10.20.5.31", kind: "workstation" },
    monitor: { ae: "MONITOR", ip: "10.20.0.9", kind: "monitor" },
    backup: { ae: "NIGHTCOPY", ip: "10.20.0.40", kind: "backup" },
    research: { ae: "RESEARCH", ip: "10.44.7.12", kind: "research" },
    oldArchive: { ae: "OLDPACS", ip: "10.20.0.77", kind: "old-archive" },
  };
}

export function newLinac(index: number): Device {
  return { ae: `LINAC${index + 1}`, ip: `10.20.1.${11 + index}`, kind: "linac" };
}
