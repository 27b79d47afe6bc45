/** In the place of node:crypto's ciphers: the same calls, the bytes as they are. */
const tag = Buffer.alloc(16);

interface Copying {
  setAAD(data: Uint8Array): Copying;
  setAuthTag(tag: Uint8Array): Copying;
  update(bytes: Uint8Array): Buffer;
  final(): Buffer;
  getAuthTag(): Buffer;
}

const copying: Copying = {
  setAAD: () => copying,
  setAuthTag: () => copying,
  update: (bytes) => Buffer.from(bytes),
  final: () => Buffer.alloc(0),
  getAuthTag: () => tag,
};

export const createCipheriv = (): Copying => copying;
export const createDecipheriv = (): Copying => copying;
