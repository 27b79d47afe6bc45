/** Where the DICOMweb services stand, and the URLs of what is in the archive. */
export const dicomWebRoot = "/dicom-web";

/** The DICOMweb URL of a study, series or instance (the Retrieve URL). */
export function resourceUrl(base: string, study: string, series?: string, instance?: string): string {
  let url = `${base}${dicomWebRoot}/studies/${study}`;
  if (series !== undefined) url += `/series/${series}`;
  if (instance !== undefined) url += `/instances/${instance}`;
  return url;
}
