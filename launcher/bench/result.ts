/**
 * What a bench gives: points, the ratios between them, and notes about what could not be measured.
 */
import type { FigureLine } from './lines.ts';
import { medianOf, summaryOf, type Summary } from './statistics.ts';

/** We ourselves, and without shared memory. */
export const [ours, oursOverMesh] = ['tsmpi', 'tsmpi mesh'];

/** Who was measured: one of us, in one mode and with one kind of memory, or a peer, which has neither. */
export interface Contender {
  readonly who: string;
  readonly mode?: 'sync' | 'async';
  readonly memory?: 'plain' | 'alloc';
}

/** One size on so many ranks. */
export interface Place {
  readonly name: string;
  readonly ranks: number;
  /** 0 where messages have no size. */
  readonly bytes: number;
}

/** Times of a contender at a place. `medianNs` is the median of the rounds' medians, the rest is over all rounds. */
export interface Point extends Place, Contender, Summary {
  /** Of each round, in the order in which they ran; between them the others ran. */
  readonly roundMediansNs: readonly number[];
}

/** A peer's time divided by ours, round by round: above 1 we are faster. */
export interface Ratio extends Place, Contender {
  readonly peer: string;
  /** Medians, of ours and of the peer's in the same rounds. */
  readonly ns: number;
  readonly peerNs: number;
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** A number that is no time: a share, an amount of memory. */
export interface Figure {
  readonly name: string;
  readonly ranks: number;
  readonly mode?: 'sync' | 'async';
  readonly figure: string;
  readonly unit: string;
  /** The median of `rounds`. */
  readonly value: number;
  readonly rounds: readonly number[];
}

/** What was measured with what. */
export interface About {
  /** The command that gives this again. */
  readonly command: string;
  readonly cores: number;
  /** Names and versions: ours, Node's, the peers'. */
  readonly versions: readonly string[];
}

export interface BenchResult {
  readonly about: About;
  readonly points: readonly Point[];
  readonly ratios: readonly Ratio[];
  readonly figures: readonly Figure[];
  /** What was not measured and why, with the remedy. */
  readonly notes: readonly string[];
  readonly failed: boolean;
}

/** Samples as they come in, by place, contender and round. */
export class Samples {
  readonly #series = new Map<string, { place: Place; contender: Contender; rounds: number[][] }>();

  add(place: Place, contender: Contender, round: number, samplesNs: readonly number[]): void {
    const key = [place.name, place.ranks, place.bytes, contender.who, contender.mode, contender.memory].join(' ');
    const series = this.#series.get(key) ?? { place, contender, rounds: [] };
    this.#series.set(key, series);
    const samples = (series.rounds[round] ??= []);
    for (const ns of samplesNs) samples.push(ns);
  }

  points(): Point[] {
    return [...this.#series.values()].map(({ place, contender, rounds }) => {
      const measured = rounds.filter((samples) => samples.length > 0);
      const roundMediansNs = measured.map((samples) => summaryOf(samples).medianNs);
      return {
        ...place,
        ...contender,
        ...summaryOf(measured.flat()),
        medianNs: medianOf(roundMediansNs),
        roundMediansNs,
      };
    });
  }
}

/** Figures as they come in. */
export class Figures {
  readonly #series = new Map<string, Omit<Figure, 'value' | 'rounds'> & { rounds: number[] }>();

  add(name: string, ranks: number, { figure, unit, value, mode }: FigureLine): void {
    const key = [name, ranks, mode, figure].join(' ');
    const series = this.#series.get(key) ?? { name, ranks, figure, unit, ...(mode && { mode }), rounds: [] };
    this.#series.set(key, series);
    series.rounds.push(value);
  }

  all(): Figure[] {
    return [...this.#series.values()].map((series) => ({ ...series, value: medianOf(series.rounds) }));
  }
}

/** Of every point of ours against every peer at the same place. */
export function ratiosOf(points: readonly Point[]): Ratio[] {
  return points
    .filter(({ who }) => isOurs(who))
    .flatMap((own) => {
      const { name, ranks, bytes, who, mode, memory } = own;
      const peers = points.filter(
        (point) => !isOurs(point.who) && point.name === name && point.ranks === ranks && point.bytes === bytes,
      );
      return peers.map((peer) => {
        const rounds = Math.min(own.roundMediansNs.length, peer.roundMediansNs.length);
        const ratios = Array.from(
          { length: rounds },
          (_, round) => (peer.roundMediansNs[round] ?? Number.NaN) / (own.roundMediansNs[round] ?? Number.NaN),
        );
        return {
          ...{ name, ranks, bytes, who, ...(mode && { mode }), ...(memory && { memory }) },
          peer: peer.who,
          ns: own.medianNs,
          peerNs: peer.medianNs,
          ratio: medianOf(ratios),
          low: Math.min(...ratios),
          high: Math.max(...ratios),
        };
      });
    });
}

export function isOurs(who: string): boolean {
  return who === ours || who === oursOverMesh;
}

/** `tsmpi sync alloc`, `openmpi`. */
export function contenderText({ who, mode, memory }: Contender): string {
  return [who, mode, memory].filter((word) => word !== undefined).join(' ');
}
