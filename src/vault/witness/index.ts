/** Witnesses: who outside the archive remembers its checkpoints, so that rewriting history shows. */

export { type Cosigned, openCosigned, witnessVerifier } from "./cosignature.ts";
export { CosignatureFile, Cosigner, type CosignerOptions } from "./cosigner.ts";
export { originHash, WitnessStore } from "./store.ts";
export { Witness, type WitnessAnswer, type WitnessOptions } from "./witness.ts";
