/**
 * Inclusive and exclusive scan by a pipelined chain: each rank adds its operand to what comes from below and passes it
 * up, segment by segment. Best for long messages. Any number of ranks. Operands combine in rank order.
 * Cost, m segments of s bytes: (p + m − 2)·α + (n + (p − 2)·s)·(β + γ).
 * Source: Sanders, Träff, Parallel Prefix (Scan) Algorithms for MPI, EuroPVM/MPI 2006.
 */

import { type Algorithm, copy, receive, reduce, type ScanCall, type Steps, send, waitFor } from '../algorithm.ts';
import { chainSegmentBytes } from '../../runtime/core/limits.ts';
import { allocateLike } from '../element-type.ts';
import { slice } from '../layout.ts';

export const scanChain: Algorithm<'scan'> = {
  collective: 'scan',
  name: 'chain',
  commutativeOnly: false,
  evenOnly: false,

  cost(size, bytes) {
    const segments = Math.max(1, Math.ceil(bytes / chainSegmentBytes));
    const rounds = size === 1 ? 0 : size + segments - 2;
    const pathBytes = size === 1 ? 0 : bytes + (size - 2) * Math.min(bytes, chainSegmentBytes);
    return {
      rounds,
      pathBytes,
      pathReduced: pathBytes,
      messages: (size - 1) * segments,
      bytes: (size - 1) * bytes,
    };
  },

  *steps({ rank, size, tag, vector, combine, exclusive }: ScanCall): Steps {
    if (size === 1) return;
    const segment = chainSegmentBytes / vector.BYTES_PER_ELEMENT;
    const segments = Math.max(1, Math.ceil(vector.length / segment));
    const part = (array: typeof vector, index: number) => slice(array, index * segment, (index + 1) * segment);
    const spare = () => allocateLike(vector, rank > 0 ? Math.min(segment, vector.length) : 0);
    // Two, so that the next segment comes in while this one is combined.
    const buffers = [spare(), spare()] as const;
    const into = (index: number) => slice(buffers[index % 2 === 0 ? 0 : 1], 0, part(vector, index).length);
    // What goes up; in an exclusive scan it is not what stays.
    const upward = exclusive && rank > 0 ? allocateLike(vector, vector.length) : vector;

    let next = receive(rank - 1, tag, into(0));
    if (rank > 0) yield next;
    // On each turn the segments below `index` are done here and on their way up.
    for (let index = 0; index < segments; index++) {
      if (rank > 0) {
        const arrived = next;
        yield waitFor(arrived);
        if (index + 1 < segments) {
          next = receive(rank - 1, tag, into(index + 1));
          yield next;
        }
        if (!exclusive || rank < size - 1)
          yield reduce(combine, part(upward, index), arrived.into, part(vector, index));
        if (exclusive) yield copy(part(vector, index), arrived.into);
      }
      if (rank < size - 1) yield send(rank + 1, tag, part(upward, index));
    }
  },
};
