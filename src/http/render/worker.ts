import { parentPort, workerData } from "node:worker_threads";
import { HoldfastError } from "../../core/index.ts";
import { decodeFrame } from "./decode/index.ts";
import { capWasmMemory } from "./decode/wasm.ts";
import { encodeJpeg } from "./encode/jpeg.ts";
import { encodePng } from "./encode/png.ts";
import { renderColor } from "./pipeline/color.ts";
import { renderGrayscale } from "./pipeline/grayscale.ts";
import { applyViewport } from "./pipeline/scale.ts";
import type { Answer, Frame, ImageDescription, Job, RenderRequest } from "./types.ts";

/** The rendering thread: it holds no secret and reaches no file, only the frame it was handed. */
const port = parentPort!;
capWasmMemory((workerData as { wasmBytes: number }).wasmBytes);

port.on("message", async (job: Job) => {
  const answer = await run(job);
  port.postMessage(answer, answer.ok ? [answer.bytes.buffer as ArrayBuffer] : []);
});

async function run(job: Job): Promise<Answer> {
  try {
    const frame = await decodeFrame(job.image, job.frame);
    if (job.kind === "decode") return { id: job.id, ok: true, bytes: bytesOf(frame), photometric: frame.photometric };
    const bytes = await render(job.image, frame, job.request);
    return { id: job.id, ok: true, bytes: owned(bytes), photometric: frame.photometric };
  } catch (error) {
    const code = error instanceof HoldfastError && error.code.startsWith("render/") ? error.code : "render/failed";
    return { id: job.id, ok: false, code: code as "render/failed" };
  }
}

async function render(image: ImageDescription, frame: Frame, request: RenderRequest): Promise<Uint8Array> {
  const grey = frame.photometric.startsWith("MONOCHROME");
  const picture = applyViewport(
    grey ? renderGrayscale(image, frame, request.window) : renderColor(image, frame),
    request.viewport,
  );
  return request.mediaType === "image/png" ? encodePng(picture) : encodeJpeg(picture, request.quality);
}

function bytesOf({ pixels }: Frame): Uint8Array {
  return owned(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength));
}

/** Bytes in a buffer of their own, so that it can be handed over to the other thread. */
function owned(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer && !Buffer.isBuffer(bytes)
    ? bytes
    : new Uint8Array(bytes);
}
