/** After a restore, some patients first: a catalogue of them alone, while the whole one is made. */
export { earlyCatalogue, forgetEarly, removeEarly } from "./build.ts";
