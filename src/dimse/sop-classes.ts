/** SOP classes that are not storage: PS3.6 Table A-1, PS3.4 Annexes A, C and J. */
export const sopClasses = {
  verification: "1.2.840.10008.1.1",
  patientRootFind: "1.2.840.10008.5.1.4.1.2.1.1",
  patientRootMove: "1.2.840.10008.5.1.4.1.2.1.2",
  patientRootGet: "1.2.840.10008.5.1.4.1.2.1.3",
  studyRootFind: "1.2.840.10008.5.1.4.1.2.2.1",
  studyRootMove: "1.2.840.10008.5.1.4.1.2.2.2",
  studyRootGet: "1.2.840.10008.5.1.4.1.2.2.3",
  storageCommitment: "1.2.840.10008.1.20.1",
} as const;

/** Storage Commitment Push Model SOP Instance: PS3.4 J.3.5. */
export const storageCommitmentInstance = "1.2.840.10008.1.20.1.1";

export type ServiceName = "echo" | "find" | "move" | "get" | "commitment" | "store";

const services = new Map<string, ServiceName>([
  [sopClasses.verification, "echo"],
  [sopClasses.patientRootFind, "find"],
  [sopClasses.studyRootFind, "find"],
  [sopClasses.patientRootMove, "move"],
  [sopClasses.studyRootMove, "move"],
  [sopClasses.patientRootGet, "get"],
  [sopClasses.studyRootGet, "get"],
  [sopClasses.storageCommitment, "commitment"],
]);

/** The service that an abstract syntax belongs to; what is no other is storage. */
export const serviceOf = (abstractSyntax: string): ServiceName => services.get(abstractSyntax) ?? "store";
