import { crc32, deflateSync } from "node:zlib";
import type { Picture } from "../types.ts";

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A PNG (W3C PNG, third edition) of 8-bit grey or RGB; each line is filtered by its difference to the pixel before. */
export function encodePng(picture: Picture): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(picture.width, 0);
  header.writeUInt32BE(picture.height, 4);
  header[8] = 8;
  header[9] = picture.samples === 3 ? 2 : 0;
  const data = deflateSync(filtered(picture), { level: 6 });
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

/** Lines with filter type 1 (Sub). */
function filtered({ width, height, samples, pixels }: Picture): Uint8Array {
  const stride = width * samples;
  const lines = new Uint8Array(height * (stride + 1));
  for (let y = 0, out = 0; y < height; y++) {
    const start = y * stride;
    lines[out++] = 1;
    for (let x = 0; x < stride; x++) {
      const left = x < samples ? 0 : pixels[start + x - samples]!;
      lines[out++] = pixels[start + x]! - left;
    }
  }
  return lines;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const framed = Buffer.alloc(data.length + 12);
  framed.writeUInt32BE(data.length, 0);
  framed.write(type, 4, "latin1");
  framed.set(data, 8);
  framed.writeUInt32BE(crc32(framed.subarray(4, data.length + 8)), data.length + 8);
  return framed;
}
