/** Waiting for what others do to shared memory: no record tells of it, whoever does it wakes this rank to look. */
import { Outstanding } from './operation.ts';

export abstract class Condition extends Outstanding {
  /** True once it holds; looked at often. From then on it holds for good. */
  abstract ready(): boolean;
  /** True while it cannot come true without world rank `rank`. */
  abstract needs(rank: number): boolean;
}
