/**
 * Sums whose elements are each the correctly rounded sum of the ranks' contributions, and so do not depend on the order
 * in which they are added: every rank gets all contributions to its share of the elements, adds them up exactly, and
 * all get the shares.
 */
import type { NumericArray } from '../../runtime/core/api.ts';
import type { CollectiveCall as Exchange } from '../../runtime/comm/install.ts';
import type { Program } from '../../runtime/comm/program.ts';
import { allgather } from '../calls/allgather.ts';
import { alltoall } from '../calls/alltoall.ts';
import { blockStart } from '../layout.ts';
import { ExactSum } from './expansion.ts';

/** Up to so many elements of all ranks together everyone adds up everything: one round instead of two. */
const gatheredMax = 512;

/** `target` may be `data`. */
export function* reproducibleSum(exchange: Exchange, data: NumericArray, target: NumericArray): Program<void> {
  const { rank, size } = exchange;
  const { length } = data;
  if (length * size <= gatheredMax) {
    sumRows(target, (yield* allgather.start(exchange, data, {})) as NumericArray, size);
    return;
  }
  const counts = Array.from({ length: size }, (_, block) => {
    return blockStart(length, size, block + 1) - blockStart(length, size, block);
  });
  const own = counts[rank] ?? 0;
  const options = { sendCounts: counts, recvCounts: new Array<number>(size).fill(own) };
  const rows = (yield* alltoall.start(exchange, data, options)) as NumericArray;
  const share = rows.slice(0, own);
  sumRows(share, rows, size);
  yield* allgather.start(exchange, share, { counts, into: target });
}

/** Adds up `rows`, which lie one after another, each as long as `sums`. */
function sumRows(sums: NumericArray, rows: NumericArray, count: number): void {
  const exact = new ExactSum(count);
  const { length } = sums;
  const [from, to] = [rows as Float64Array, sums as Float64Array];
  const isSingle = sums.BYTES_PER_ELEMENT === 4;
  for (let index = 0; index < length; index += 1) {
    const valueAt = (row: number): number => from[row * length + index] ?? 0;
    to[index] = isSingle ? exact.nearestSingle(valueAt) : exact.nearest(valueAt);
  }
}
