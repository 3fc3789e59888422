/** Which algorithm runs: the first row of the table that fits the facts of a call. */

import type { Algorithm, Collective } from './algorithm.ts';
import { algorithms } from './manifest.ts';
import { noteForm } from './noted.ts';
import { type Rule, shippedTable, type Table } from './table.ts';

/** What a choice is made from. Every rank of a call must pass the same, or the ranks would run different algorithms. */
export interface Facts {
  /** See `Exchange`. */
  readonly isMixed?: boolean | undefined;
  readonly size: number;
  /** The whole vector; of a movement of pieces, all pieces of one rank's side together. */
  readonly bytes: number;
  /** False when operands must combine in rank order. True where nothing is reduced. */
  readonly commutative: boolean;
  /** True when all pieces have one length. True where there are no pieces. */
  readonly even: boolean;
}

/** A rule whose name was looked up. */
interface Row<C extends Collective> {
  readonly algorithm: Algorithm<C>;
  readonly rule: Rule;
}
type Rows = { readonly [C in Collective]: readonly Row<C>[] };

let rows = rowsOf({});
let crowded = false;

/** Before the shipped rules these count, from now on; every rank must use the same. */
export function useRules(rules: Partial<Table>): void {
  rows = rowsOf(rules);
}

/** Whether the ranks of the world outnumber the cores that they share, from now on; all of them must say the same. */
export function useCores(isCrowded: boolean): void {
  crowded = isCrowded;
}

/** The algorithm for these facts. */
export function choose<C extends Collective>(collective: C, facts: Facts): Algorithm<C> {
  const candidates: readonly Row<C>[] = rows[collective];
  const row = candidates.find((candidate) => fits(candidate, facts));
  if (row === undefined) throw new RangeError(`the table has no ${collective} for ${JSON.stringify(facts)}`);
  noteForm('messages', row.algorithm.name);
  return row.algorithm;
}

/** The algorithm of that name; undefined when there is none. */
export function algorithmNamed<C extends Collective>(collective: C, name: string): Algorithm<C> | undefined {
  const known: readonly Algorithm<C>[] = algorithms[collective];
  return known.find((algorithm) => algorithm.name === name);
}

function rowsOf(rules: Partial<Table>): Rows {
  const rowsFor = <C extends Collective>(collective: C): readonly Row<C>[] =>
    [...(rules[collective] ?? []), ...shippedTable[collective]].map((rule) => {
      const algorithm = algorithmNamed(collective, rule.algorithm);
      if (algorithm === undefined) throw new RangeError(`there is no ${collective} by ${rule.algorithm}`);
      return { algorithm, rule };
    });
  const collectives = Object.keys(shippedTable) as Collective[];
  return Object.fromEntries(collectives.map((collective) => [collective, rowsFor(collective)])) as unknown as Rows;
}

function fits<C extends Collective>({ algorithm, rule }: Row<C>, facts: Facts): boolean {
  const { isMixed, size, bytes, commutative, even } = facts;
  return (
    bytes <= (rule.bytesMax ?? Infinity) &&
    size <= (rule.ranksMax ?? Infinity) &&
    (rule.crowded === undefined || (crowded && isMixed !== true)) &&
    (rule.powerOfTwo === undefined || (size & (size - 1)) === 0) &&
    (commutative || !algorithm.commutativeOnly) &&
    (even || !algorithm.evenOnly)
  );
}
