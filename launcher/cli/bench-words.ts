/**
 * What `tsmpi bench` and `tsmpi bench tune` are told alike.
 */
import { resolve } from 'node:path';
import { ranksMax } from '../../runtime/core/limits.ts';
import { parseSizes } from '../bench/sizes.ts';
import { refuse } from './refusal.ts';
import { wholeNumber } from './values.ts';

export function ranksOf(text: string): number[] {
  return text.split(',').map((word) => wholeNumber('--ranks', word, 1, ranksMax, '--ranks 2,8,32'));
}

export function sizesOf(text: string): readonly number[] {
  const instead = 'write 8,1K,1M, or a range 8:64M (powers of 4) or 8:64M:2 (powers of 2), up to 1G';
  return parseSizes(text) ?? refuse(`--sizes ${text}`, 'not a list or range of sizes', instead);
}

export function number(as: string, text: string | undefined, most: number, usually: number): number {
  return text === undefined ? usually : wholeNumber(as, text, 1, most, `${as} ${String(usually)}`);
}

/** What of it is for `tsmpirun`. */
export function launchWords(values: {
  readonly backend?: string | undefined;
  readonly tuning?: string | undefined;
  readonly 'no-shared-memory'?: boolean | undefined;
}): string[] {
  const { backend, tuning, 'no-shared-memory': alone } = values;
  return [
    ...(backend === undefined ? [] : ['--backend', backend]),
    // Jobs start in a folder of their own.
    ...(tuning === undefined ? [] : ['--tuning', tuning === 'none' ? tuning : resolve(tuning)]),
    ...(alone === true ? ['--no-shared-memory'] : []),
  ];
}
