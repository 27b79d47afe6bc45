export { codingOf, frameMediaType, isLossy } from "./decode/syntaxes.ts";
export { describeImage } from "./describe.ts";
export { type RenderParameters, readRenderParameters } from "./parameters.ts";
export { Renderer } from "./renderer.ts";
export type { ImageDescription, RenderRequest, Viewport, Window } from "./types.ts";
