/** The operations of the DICOM side that the gate decides on, one for each DIMSE service. */
export type DimseAction = "echo" | "store" | "find" | "move" | "get" | "commit";
