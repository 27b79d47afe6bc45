/** Implementation Class UID (a UUID-derived UID, PS3.5 B.2) and version name of this implementation. */
export const implementationClassUid = "2.25.263347820135837162519364528493072157841";
export const implementationVersionName = "HOLDFAST_0.1";
