/** What an attack is: it acts day by day through the same doors as everybody, and its lines are known as hostile. */
import type { Scene } from "../work/scene.ts";
import type { Department } from "../world/department.ts";

/** 0: a stranger at any hour; 1: a known name from a strange place; 2: a known name at its own place, within shifts. */
export type Stealth = 0 | 1 | 2;
export const stealths: readonly Stealth[] = [0, 1, 2];

export interface AttackPlan {
  /** In the attack's unit; see its grid. */
  speed: number;
  stealth: Stealth;
  /** First day, and minute of it. */
  day: number;
  minute: number;
  /** Days after which it is over, done or not. */
  lasts: number;
  seed: number;
}

export interface HostileScene extends Scene {
  plan: AttackPlan;
  /** Whole days since it began. */
  since: number;
  /** ms since 1970: nothing hostile before it. */
  notBefore: number;
  truth: Truth;
  /** Left of what the attack may do in all. */
  budget: { left: number };
}

/** What is known afterwards, kept apart from the lines. */
export interface Truth {
  kind: string;
  plan: AttackPlan;
  /** ms since 1970. */
  begins: number;
  /** Names under which the attacker acts: accounts, AE titles, roles, agents. */
  identities: Set<string>;
  addresses: Set<string>;
  /** MITRE ATT&CK techniques that describe it truly. */
  techniques: readonly string[];
  /** Objects or bytes in the archive when it began, for shares. */
  archive: { objects: number; bytes: number };
  /** Lines of others that never arrive: source, from, to in ms since 1970. */
  silenced: { source: string; from: number; to: number }[];
}

export interface Attack {
  kind: string;
  /** One line for the report. */
  about: string;
  goal: "damage" | "leak" | "treatment" | "access" | "trail";
  techniques: readonly string[];
  /** Logarithmic grid. */
  speeds: readonly number[];
  unit: string;
  stealths: readonly Stealth[];
  /** Days it may take. */
  lasts: number;
  /** Objects or studies it touches at most. */
  most: number;
  /** Where the moment it begins is not arbitrary. */
  begins?(department: Department, plan: AttackPlan): { day: number; minute: number };
  act(scene: HostileScene): void;
}
