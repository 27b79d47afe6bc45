/** The queryable index over patients, studies, series, instances and versions: a projection of the journal. */
export { indexedAttributes } from "./attributes.ts";
export type { PatientFacts } from "./patient.ts";
export { type CatalogueReader, openCatalogueReader } from "./reader.ts";
export { CatalogueReaders, openCatalogue, tenantFile } from "./tenants.ts";
export type { TreatedPatient } from "./treatment.ts";
export type * from "./types.ts";
export type { CatalogueWriter } from "./writer.ts";
