/** What the default policy would do by itself about an alert in this department. */
import type { ClinicStream } from "../../../sim/clinic/index.ts";
import { defaultPolicy, evaluate, type Subject } from "../../../src/response/index.ts";
import type { Alert } from "./engine.ts";

type Department = ClinicStream["department"];
type Known = Pick<Subject, "kind" | "roles"> & { critical?: boolean; vendor?: string };

export class Containment {
  readonly #known = new Map<string, Known>();

  constructor({ equipment, comingLinac, staff }: Department) {
    const { linacs, cts, planning, oncology, pacs, physics } = equipment;
    const device = (ae: string, ...roles: Subject["roles"]) => this.#known.set(ae, { kind: "device", roles });
    for (const { ae } of [...linacs, comingLinac]) device(ae, "linac");
    for (const { ae } of cts) device(ae, "modality");
    for (const { ae } of [...planning, pacs, physics]) device(ae, "workstation");
    this.#known.set(oncology.ae, { kind: "device", roles: ["workstation"], critical: true });
    for (const { account, role } of staff.people) {
      const roles = { therapist: "therapist", oncologist: "oncologist", administrator: "administrator" } as const;
      const gateRole = role in roles ? roles[role as keyof typeof roles] : "physicist";
      this.#known.set(account, { kind: "person", roles: [gateRole] });
    }
  }

  /** Whether it stops somebody or something that patients are treated by. Nobody is stopped for what is said of others. */
  locksOut(alert: Alert): boolean {
    return alert.kind === "principal" && this.isClinical(alert) && this.acts(alert);
  }

  /** Whether it concerns somebody or something that patients are treated by. */
  isClinical({ names }: Alert): boolean {
    return names.some((name) => this.#known.has(bare(name)));
  }

  /** Whether the engine suggests to act at once, or a rule of the policy does and does more than watch. */
  acts(alert: Alert): boolean {
    return alert.automatic || this.#isRule(alert);
  }

  #isRule({ at, kind, names, risk, evidence, invariant, technique }: Alert): boolean {
    const name = bare(names[0] ?? "");
    const known = this.#known.get(name) ?? strangerOf(name);
    const subject: Subject = { principal: name, tenant: "default", ...known };
    const about = kind === "principal" ? {} : { about: kind };
    const finding = { time: at, subject, ...about, risk, evidence: [...evidence], invariant, reasons: [], technique };
    const verdict = evaluate(defaultPolicy, finding);
    return verdict?.mode === "automatic" && verdict.measures.some(({ action }) => action !== "watch");
  }
}

/** By its name a vendor's, or else a device that nobody knows. */
function strangerOf(name: string): Known {
  if (/^vendor-|oncorecord/.test(name)) return { kind: "vendor", roles: ["vendor"], vendor: "oncorecord" };
  return { kind: "device", roles: [] };
}

/** `user:anna` and `anna` are the same name. */
export const bare = (name: string): string => (name.startsWith("arn:") ? name : name.slice(name.lastIndexOf(":") + 1));
