import { defaultTenant } from "../../gate/index.ts";

/** Access events of the default clinic name none, and the engine knows it so. */
export const engineTenant = (tenant: string): string => (tenant === defaultTenant ? "" : tenant);
