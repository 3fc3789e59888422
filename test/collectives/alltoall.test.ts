import { describe, it } from 'node:test';
import { assertSame, ranksOf, sizes } from './matrix.ts';
import { joined, piece, valueAt } from './operands.ts';
import { call } from './simulated-call.ts';

describe('alltoall', () => {
  const countOf = (source: number, destination: number, scale: number) => ((source + 2 * destination) % 3) * scale;
  const cut = (source: number, destination: number, length: number) => piece(source * 100 + destination, length);

  it('transposes even pieces, also in place', () => {
    for (const size of sizes) {
      for (const length of [0, 1, 3, 200]) {
        const data = (rank: number) => joined(ranksOf(size).map((other) => cut(rank, other, length)));
        const expected = ranksOf(size).map((rank) => joined(ranksOf(size).map((other) => cut(other, rank, length))));
        assertSame(
          call('alltoall', size, (rank) => [data(rank)]),
          expected,
        );
        const inPlace = call('alltoall', size, (rank) => {
          const memory = data(rank);
          return [memory, { into: memory }];
        });
        assertSame(inPlace, expected);
      }
    }
  });

  it('moves pieces of differing lengths, told or asked', () => {
    for (const size of sizes) {
      for (const scale of [1, 20, 3000]) {
        const counts = (rank: number) => ranksOf(size).map((other) => countOf(rank, other, scale));
        const back = (rank: number) => ranksOf(size).map((other) => countOf(other, rank, scale));
        const data = (rank: number) => joined(counts(rank).map((count, other) => cut(rank, other, count)));
        const expected = ranksOf(size).map((rank) => joined(back(rank).map((count, other) => cut(other, rank, count))));
        const told = call('alltoall', size, (rank) => [
          data(rank),
          { sendCounts: counts(rank), recvCounts: back(rank) },
        ]);
        assertSame(told, expected);
        assertSame(
          call('alltoall', size, (rank) => [data(rank), { sendCounts: counts(rank) }]),
          expected,
        );
      }
    }
  });

  it('exchanges the entries of lists', () => {
    for (const size of sizes) {
      const entry = (source: number, destination: number) => ({
        source,
        destination,
        value: valueAt(source + destination),
      });
      const results = call('alltoall', size, (rank) => [ranksOf(size).map((other) => entry(rank, other))]);
      assertSame(
        results,
        ranksOf(size).map((rank) => ranksOf(size).map((other) => entry(other, rank))),
      );
    }
  });
});

it('a barrier ends everywhere', () => {
  for (const size of sizes)
    assertSame(
      call('barrier', size, () => []),
      ranksOf(size).map(() => undefined),
    );
});
