const numeric = new Set(["FD", "FL", "SL", "SS", "SV", "UL", "US", "UV", "AT"]);

/** Binary numbers, as against text. */
export const isNumericVr = (vr: string): boolean => numeric.has(vr);
