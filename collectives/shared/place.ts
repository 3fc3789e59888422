/** An array of the caller's, as a collective reads and writes it. */
import type { NumericArray } from '../../runtime/core/api.ts';
import { bytesOf } from '../../runtime/comm/element-type.ts';
import type { Team } from '../../runtime/comm/team.ts';
import type { SimdKernels } from '../kernels/simd.ts';
import { resultTiles } from './staging.ts';
import type { Workspace } from './workspace.ts';

interface Around {
  readonly team: Team;
  readonly work: Workspace;
}

export class Place {
  readonly bytes: Uint8Array;
  /** Where it lies in the segment; -1: elsewhere. */
  readonly at: number;
  /** True when the others read it where it is. */
  readonly isShown: boolean;
  readonly #host: Team['host'];
  readonly #kernels: SimdKernels;

  /** `mayShow`: false where it changes before the others have read it. */
  constructor({ team, work }: Around, array: NumericArray, mayShow = true) {
    this.#host = team.host;
    this.#kernels = work.kernels;
    this.bytes = bytesOf(array);
    this.at = team.host.offsetOf(array);
    this.isShown = mayShow && this.at >= 0;
  }

  /** Copies `length` bytes from `from` on to `address`. */
  give(address: number, from: number, length: number): void {
    if (length === 0) return;
    if (this.at >= 0) this.#kernels.copy(address, this.at + from, length);
    else this.#host.copyIn(address, this.bytes.subarray(from, from + length));
  }

  /** Takes `length` bytes at `address` to `from`. */
  take(from: number, length: number, address: number): void {
    if (length === 0 || this.at + from === address) return;
    if (this.at >= 0) this.#kernels.copy(this.at + from, address, length);
    else this.#host.copyOut(this.bytes.subarray(from, from + length), address, length);
  }
}

/**
 * What a rank gives to a collective. Who shows its caller's array waits until it was read; with more ranks than cores
 * that is long for one that takes nothing of the result, so it shows a copy of what fits its staging.
 */
export function givenTo(around: Around, array: NumericArray, takes: boolean): Place {
  return new Place(around, array, takes || !isBetterCopied(around, array.byteLength, resultTiles));
}

/** True where so many bytes are copied to staging, of no more than `tiles`, in less time than crowded ranks meet. */
export function isBetterCopied({ team, work }: Around, bytes: number, tiles: number): boolean {
  return team.counting && bytes <= tiles * work.staging.tileBytes;
}
