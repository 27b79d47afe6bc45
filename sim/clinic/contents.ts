/** Facts about the bytes of an object, as the archive measures them: what χ² windows of such data give. */
import type { Content } from "../../src/core/index.ts";
import { type Dice, digestOf } from "./dice.ts";
import type { Series } from "./world/holdings.ts";
import { jpegLs } from "./world/holdings.ts";

export interface Alteration {
  /** Counts the data sets that this instance has had; the same revision is the same bytes. */
  revision: number;
  /** Whether the pixels differ from those of revision 1; a mere re-tagging leaves them. */
  pixels: boolean;
  /** Share of the sampled windows that are ciphertext: 0 none, 1 all. */
  cipher: number;
  preamble?: string;
  irregular?: string[];
  size?: number;
}

export const unaltered: Alteration = { revision: 1, pixels: false, cipher: 0 };

const withPixels = new Set(["CT", "MR", "PT", "RTIMAGE", "RTDOSE"]);
/** Bytes of a window; objects below a sixteenth have none. */
const window = 65_536;
const windowsSampled = 8;

export function contentOf(series: Series, uid: string, alteration: Alteration, dice: Dice): Content {
  const size = alteration.size ?? Math.max(600, Math.round(series.size * sizeFactor(series, dice)));
  const pixelRevision = alteration.pixels ? alteration.revision : 1;
  return {
    size,
    digest: digestOf(`${uid}/${alteration.revision}`),
    transfer_syntax: series.transferSyntax,
    ...(withPixels.has(series.modality) && { pixel_digest: digestOf(`${uid}/pixels/${pixelRevision}`) }),
    ...(size >= window / 16 && uniformity(series, size, alteration.cipher, dice)),
    preamble: alteration.preamble ?? "zero",
    ...(alteration.irregular && { irregular: alteration.irregular }),
  };
}

/** Images of a series are alike in size, unless compressed; documents are not. */
function sizeFactor({ modality, transferSyntax }: Series, dice: Dice): number {
  if (transferSyntax === jpegLs) return Math.exp(dice.normal(0, 0.15));
  return modality === "CT" || modality === "PT" ? 1 : Math.exp(dice.normal(0, 0.4));
}

/** Of ciphertext: 255 ± 22.6 a window (χ² with 255 degrees of freedom); of the rest by its coding. */
function uniformity(series: Series, size: number, cipher: number, dice: Dice): { chi2_min: number; chi2_max: number } {
  const windows = Math.max(1, Math.min(windowsSampled, Math.floor(size / window)));
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (let i = 0; i < windows; i++) {
    const isCipher = cipher > 0 && (cipher >= 1 || dice.chance(cipher));
    const value = isCipher ? dice.normal(255, 22.6) : ordinary(series, size, dice);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { chi2_min: Math.round(low), chi2_max: Math.round(high) };
}

function ordinary({ transferSyntax, modality }: Series, size: number, dice: Dice): number {
  const scale = Math.min(1, size / window);
  if (transferSyntax === jpegLs) return dice.logNormal(900, 0.5);
  return scale * dice.logNormal(modality === "CT" ? 800_000 : 500_000, 0.35);
}
