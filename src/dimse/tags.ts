/** Tags of identifiers and of Storage Commitment data sets: PS3.4 Annexes C and J. */
export const tags = {
  queryRetrieveLevel: 0x00080052,
  retrieveAeTitle: 0x00080054,
  failedSopInstanceUidList: 0x00080058,
} as const;
