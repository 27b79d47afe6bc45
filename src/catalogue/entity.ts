/** A patient, study or series as the writer holds it. */
export interface Entity {
  readonly level: 0 | 1 | 2;
  readonly id: number;
  /** Patient ID or UID. */
  readonly name: string;
  readonly parent: Entity | undefined;
  /** The entry that last changed the counters. */
  changed: number;
  studies: number;
  series: number;
  instances: number;
  /** The attributes last known. */
  members: string;
  /** What the object stored last said, before it was merged: most objects of a series say the same. */
  source: string | undefined;
  /** Row of the revision that is valid now, when something is visible. */
  revision: number | undefined;
}
