/** How a course went: which part of which beam each session delivered. */
import type { Beam, Prescription } from "./prescription.ts";

/** A fraction that was interrupted. */
export interface Interruption {
  /** From 1. */
  fraction: number;
  /** Share of the fraction's meterset delivered before it, 0 to 1. */
  after: number;
  /** Completed later the same day; otherwise it stays partial. */
  resumed: boolean;
}

/** One beam of one session: the meterset at which it began and ended (MU). */
export interface DeliveredBeam {
  beam: Beam;
  from: number;
  to: number;
}

export interface Session {
  fraction: number;
  /** 1, or 2 where an interrupted fraction is resumed. */
  part: number;
  beams: DeliveredBeam[];
}

/** The sessions of the first `delivered` fractions, in order of time. */
export function sessionsOf(
  prescription: Prescription,
  delivered: number,
  interruptions: readonly Interruption[],
): Session[] {
  const whole = prescription.beams.reduce((sum, beam) => sum + beam.meterset, 0);
  return Array.from({ length: delivered }, (_, index) => index + 1).flatMap((fraction) => {
    const interruption = interruptions.find((one) => one.fraction === fraction);
    if (!interruption) return [{ fraction, part: 1, beams: between(prescription, 0, whole) }];
    const stop = Math.round(whole * interruption.after * 10) / 10;
    const parts = [
      between(prescription, 0, stop),
      ...(interruption.resumed ? [between(prescription, stop, whole)] : []),
    ];
    return parts.map((beams, part) => ({ fraction, part: part + 1, beams }));
  });
}

/** The beams, one after the other, that lie between two points of the fraction's meterset. */
function between({ beams }: Prescription, start: number, stop: number): DeliveredBeam[] {
  let before = 0;
  return beams.flatMap((beam) => {
    const from = Math.max(0, tenths(start - before));
    const to = Math.min(beam.meterset, tenths(stop - before));
    before += beam.meterset;
    return to > from ? [{ beam, from, to }] : [];
  });
}

const tenths = (value: number): number => Math.round(value * 10) / 10;
