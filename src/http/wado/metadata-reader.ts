import type { Archive, InstanceRef } from "../../archive/index.ts";
import { dicomJsonText, tagText, type Vr } from "../../dicom/index.ts";
import { ByteCache } from "../byte-cache.ts";
import type { HttpLimits } from "../options.ts";
import { resourceUrl } from "../resource-url.ts";
import { readHeader } from "./header.ts";

/** Binary values up to this many bytes stand in the metadata itself. */
const inlineLimit = 1024;

/** Makes the DICOM JSON of stored objects and remembers some of it. */
export class MetadataReader {
  readonly #archive: Archive;
  readonly #limits: HttpLimits;
  readonly #cache: ByteCache;

  constructor(archive: Archive, limits: HttpLimits) {
    this.#archive = archive;
    this.#limits = limits;
    this.#cache = new ByteCache(limits.metadataCacheBytes);
  }

  /**
   * DICOM JSON of one object as an array of one, bulk values as URIs under `base` (PS3.18 F.2.6 and 10.4.1.1.2).
   * `past`: the URIs name the version, since without it they would lead to the present one.
   */
  async read(ref: InstanceRef, base: string, past: boolean): Promise<Buffer> {
    const url = resourceUrl(base, ref.studyUid, ref.seriesUid, ref.sopInstanceUid);
    const query = past ? `?version=${ref.version}` : "";
    const key = `${ref.digest} ${url}${query}`;
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const json = Buffer.from(`[${await this.#make(ref, url, query)}]`);
    this.#cache.set(key, json);
    return json;
  }

  async #make(ref: InstanceRef, url: string, query: string): Promise<string> {
    const { dataSet, pixelData } = await readHeader(this.#archive.open(ref), this.#limits);
    if (pixelData) {
      const { tag, vr, offset, length = 0 } = pixelData;
      dataSet.put({ tag, vr: vr as Vr, bulk: { offset, length } });
    }
    return dicomJsonText(dataSet, {
      inlineLimit,
      bulkDataUri: (_element, path) => `${url}/bulkdata/${bulkPath(path)}${query}`,
    });
  }
}

/** Tags and item numbers in turn, as the bulk data route reads them. */
function bulkPath(path: readonly number[]): string {
  return path.map((part, i) => (i % 2 === 0 ? tagText(part) : part)).join("/");
}
