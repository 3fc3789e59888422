/**
 * Alltoall by Bruck's index algorithm: pieces hop towards their rank by powers of two. Best for short messages. Any
 * number of ranks; all pieces of one length. Cost: ⌈lg p⌉·α + ⌈lg p⌉·n/2·β, and two copies of n.
 * Source: Bruck, Ho, Kipnis, Upfal, Weathersby, IEEE TPDS 8(11), 1997, §3.
 */

import { type Algorithm, type AlltoallCall, copy, receive, type Steps, send, wait } from '../algorithm.ts';
import { allocateLike } from '../element-type.ts';
import { countOf, pieceOf, slice } from '../layout.ts';
import { ceilLog2 } from '../powers.ts';

export const alltoallBruck: Algorithm<'alltoall'> = {
  collective: 'alltoall',
  name: 'bruck',
  commutativeOnly: false,
  evenOnly: true,

  cost(size, bytes) {
    const rounds = ceilLog2(size);
    let hops = 0;
    for (let bit = 1; bit < size; bit *= 2) hops += travellers(size, bit).length;
    return { rounds, pathBytes: (hops * bytes) / size, pathReduced: 0, messages: size * rounds, bytes: hops * bytes };
  },

  *steps({ rank, size, tag, input, inputLayout, output, outputLayout }: AlltoallCall): Steps {
    const count = countOf(inputLayout, 0);
    const work = allocateLike(input, count * size);
    const place = (i: number) => slice(work, i * count, (i + 1) * count);
    for (let i = 0; i < size; i++) yield copy(place(i), pieceOf(input, inputLayout, (rank + i) % size));

    const outgoing = allocateLike(input, count * Math.ceil(size / 2));
    const incoming = allocateLike(input, count * Math.ceil(size / 2));
    // On each turn the piece at place i has gone the part of its i hops that lies below `bit`.
    for (let bit = 1; bit < size; bit *= 2) {
      const places = travellers(size, bit);
      const box = (buffer: typeof work, k: number) => slice(buffer, k * count, (k + 1) * count);
      for (const [k, i] of places.entries()) yield copy(box(outgoing, k), place(i));
      yield receive((rank - bit + size) % size, tag, slice(incoming, 0, places.length * count));
      yield send((rank + bit) % size, tag, slice(outgoing, 0, places.length * count));
      yield wait();
      for (const [k, i] of places.entries()) yield copy(place(i), box(incoming, k));
    }
    for (let i = 0; i < size; i++) yield copy(pieceOf(output, outputLayout, (rank - i + size) % size), place(i));
  },
};

/** The places whose pieces move by `bit` ranks. */
function travellers(size: number, bit: number): number[] {
  const places: number[] = [];
  for (let i = bit; i < size; i++) if ((i & bit) !== 0) places.push(i);
  return places;
}
