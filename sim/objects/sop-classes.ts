/** Storage SOP classes of the generated objects (PS3.6 A). */
export const ctImageStorage = "1.2.840.10008.5.1.4.1.1.2";
export const rtDoseStorage = "1.2.840.10008.5.1.4.1.1.481.2";
export const rtStructureSetStorage = "1.2.840.10008.5.1.4.1.1.481.3";
export const rtBeamsTreatmentRecordStorage = "1.2.840.10008.5.1.4.1.1.481.4";
export const rtPlanStorage = "1.2.840.10008.5.1.4.1.1.481.5";
/** Referred to by structure sets, never stored (PS3.6 A, retired Detached Study Management). */
export const detachedStudyManagement = "1.2.840.10008.3.1.2.3.1";
