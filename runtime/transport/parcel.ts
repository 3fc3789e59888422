/** What goes the short way through a lane: a whole message that is an array. */
import type { NumericArray } from '../core/api.ts';

/** A whole message that is an array. Made once and used again: nothing is allocated for a message. */
export interface Parcel {
  communicator: number;
  /** To be taken: any, below 0. */
  tag: number;
  /** Code of the array's type. */
  format: number;
  array: NumericArray;
  /** Elements: of the array, and of what was taken. */
  length: number;
}

/** What `takeArray` finds. */
export const Taken = { nothing: -1, other: -2, all: 0 } as const;
export type Taken = (typeof Taken)[keyof typeof Taken];
