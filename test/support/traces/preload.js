// Loads the collection of traces where types are stripped; an older Node, which hands over to a newer one, does without.
if (process.features.typescript) await import("./collect.ts");
