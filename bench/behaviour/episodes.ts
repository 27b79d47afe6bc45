/**
 * Recall as an operator sees it: attacks found, not edges. An attack is an episode, the edges of one label among which no
 * pause is longer than half an hour; it is found when an alert rests on one of its edges, seen when one was at alert level.
 */
import type { EdgeStream } from "./darpa.ts";

/** Minutes. */
const longestPause = 30;

export interface Episodes {
  episodes: number;
  /** Raised an alert, or contributed to one. */
  alerted: number;
  /** Had an edge at alert level: the incident may have been told on account of others. */
  atAlertLevel: number;
}

interface Episode {
  label: number;
  alerted: boolean;
  atAlertLevel: boolean;
}

/** @param alerted edges that alerts rest on @param flagged 1 for edges at alert level @param isCounted which labels to count */
export function episodesOf(
  stream: EdgeStream,
  alerted: ReadonlySet<number>,
  flagged: Uint8Array,
  isCounted: (label: string) => boolean,
): Episodes {
  const episodes: Episode[] = [];
  const current = new Map<number, { episode: Episode; last: number }>();
  for (let i = 0; i < stream.labels.length; i++) {
    const label = stream.labels[i]!;
    if (label === 0 || !isCounted(stream.labelNames[label]!)) continue;
    const tick = stream.ticks[i]!;
    let open = current.get(label);
    if (!open || tick - open.last > longestPause) {
      open = { episode: { label, alerted: false, atAlertLevel: false }, last: tick };
      episodes.push(open.episode);
      current.set(label, open);
    }
    open.last = tick;
    open.episode.alerted ||= alerted.has(i);
    open.episode.atAlertLevel ||= flagged[i] === 1;
  }
  return {
    episodes: episodes.length,
    alerted: episodes.filter((episode) => episode.alerted).length,
    atAlertLevel: episodes.filter((episode) => episode.atAlertLevel).length,
  };
}
