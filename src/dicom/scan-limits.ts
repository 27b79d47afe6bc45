/** What a scan keeps and how far it goes, whatever the data set says of itself. */
export interface ScanLimits {
  /** Nesting of sequences. */
  maxDepth?: number;
  /** Values longer than this are left out (`bulk`), bytes. */
  maxValueSize?: number;
  /** Values kept in all, bytes; later ones are left out. */
  maxTotalSize?: number;
  /** Elements and items kept in all; more are checked but not kept. */
  maxElements?: number;
  /** Fragments of Pixel Data; more are refused. */
  maxFragments?: number;
  /** How much a deflated data set may expand: times its size, and bytes on top. */
  maxExpansion?: number;
  /** Pixel Data is a value like any other; otherwise its place alone is noted. */
  keepPixelData?: boolean;
  /** Values may alias the pushed bytes: only where these live as long as the result. */
  alias?: boolean;
}

export const defaultLimits: Required<ScanLimits> = {
  maxDepth: 32,
  maxValueSize: 64 * 1024,
  maxTotalSize: 4 * 1024 * 1024,
  maxElements: 64_000,
  maxFragments: 1_000_000,
  maxExpansion: 200,
  keepPixelData: false,
  alias: false,
};

/** What is nested may use this much of the limits on what is kept in all, and leaves the rest to the elements at the top. */
export const nestedShare = 0.75;
