/** The queryable index over patients, studies, series, instances and versions: a projection of the journal. */
export type * from "./types.ts";
