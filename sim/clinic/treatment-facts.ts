/** What the archive reads from a stored plan or treatment record, for the event of its storage. */
import type { AccessEvent } from "../../src/core/index.ts";
import { digestOf } from "./dice.ts";
import type { Patient, Plan } from "./world/patients.ts";

export interface DeliveredBeam {
  number: number;
  /** MU asked for and given. */
  specified: number;
  delivered: number;
}

export interface Delivery {
  plan: Plan;
  fraction: number;
  beams: readonly DeliveredBeam[];
  /** An interrupted fraction goes on: Treatment Delivery Type CONTINUATION. */
  continues: boolean;
}

const fractionGroup = 1;
/** What planners call nearly every plan; the next one of the patient, too. */
const label = "IMRT 1";

/** @param utcOffset hours, for the local time of review */
export function planFacts(plan: Plan, patient: Patient, utcOffset: number): Partial<AccessEvent> {
  const { uid, approval, approvedAt, reviewer, fractions, beams, geometry } = plan;
  return {
    treatment: {
      kind: "plan",
      plan_uid: uid,
      label: digestOf(label),
      approval,
      ...(approvedAt !== undefined && { approved_at: dicomTime(approvedAt + utcOffset * 3_600_000) }),
      ...(reviewer && { approved_by: digestOf(`reviewer/${reviewer}`) }),
      fraction_groups: [
        {
          number: fractionGroup,
          fractions,
          metersets: Object.fromEntries(beams.map(({ number, mu }) => [String(number), mu])),
        },
      ],
      beams: beams.map(({ number, gantry }) => ({
        number,
        geometry: digestOf(`${geometry}/${number}/${gantry}`),
        energy: 6,
        machine: patient.linac.ae,
      })),
    },
  };
}

export function recordFacts({ plan, fraction, beams, continues }: Delivery): Partial<AccessEvent> {
  const type = continues ? "CONTINUATION" : "TREATMENT";
  return {
    treatment: {
      kind: "record",
      plan_uid: plan.uid,
      fraction,
      fraction_group: fractionGroup,
      delivered: beams
        .filter(({ delivered }) => delivered > 0)
        .map(({ number, specified, delivered }) => ({ beam: number, specified, delivered, type })),
    },
  };
}

/** `20261125 081500`. */
function dicomTime(time: number): string {
  const [date, clock] = new Date(time).toISOString().split("T");
  return `${date!.replaceAll("-", "")} ${clock!.slice(0, 8).replaceAll(":", "")}`;
}
