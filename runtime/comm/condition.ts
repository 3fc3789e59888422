/** Waiting for what others do to shared memory: no record tells of it, whoever does it wakes this rank to look. */
import { Outstanding } from './operation.ts';

export abstract class Condition extends Outstanding {
  /** Grows when it has come nearer, where it takes several steps. */
  progress = 0;
  /** True once it holds; looked at often. From then on it holds for good. */
  abstract ready(): boolean;
  /** True where it goes on although its communicator is revoked. */
  get outlivesRevocation(): boolean {
    return false;
  }
  /** True while it cannot come true without world rank `rank`, which has returned or failed. */
  abstract needs(rank: number, gone: 'returned' | 'failed'): boolean;
}
