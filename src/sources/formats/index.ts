/** What `analyze --format` takes. Apart from the readers, so that naming them costs nothing. */
export const formats = ["edges", "events", "cloudtrail", "atna", "fhir-auditevent", "ocsf", "orthanc"] as const;
export type Format = (typeof formats)[number];
