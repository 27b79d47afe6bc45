export type { DimseAction } from "./action.ts";
export type { LiveAssociation } from "./associations.ts";
export type { CommitmentRequest, CommitmentResult, FailedReference, SopReference } from "./commitment/data.ts";
export type { CommitmentTimes, DimseGate, DimsePeer, DimseServiceConfig } from "./config.ts";
export type { DimseFigures } from "./figures.ts";
export { dimseGate } from "./gate.ts";
export { createDimseService, type DimseService } from "./service.ts";
export type { DimseView } from "./views.ts";
