export { type Announcement, type PlannedWorkRecord, PlannedWorks } from "./planned-work.ts";
export { longestVerdict, type VerdictRecord, Verdicts } from "./verdicts.ts";
