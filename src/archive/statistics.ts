import type { CatalogueReaders } from "../catalogue/index.ts";
import type { ArchiveStatistics } from "./types.ts";

/** Of the whole archive, or of one clinic's part; the journal is everybody's. */
export function statisticsOf(catalogues: CatalogueReaders, tenant: string | undefined): ArchiveStatistics {
  const whole = catalogues.main.statistics();
  if (tenant === undefined) return whole;
  const { journalEntries } = whole;
  return { ...(catalogues.of(tenant)?.statistics() ?? nothing), journalEntries };
}

const nothing: ArchiveStatistics = {
  patients: 0,
  studies: 0,
  series: 0,
  instances: 0,
  versions: 0,
  bytes: 0,
  journalEntries: 0,
};
