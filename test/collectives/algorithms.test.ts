import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Combine, Layout } from '../../collectives/algorithm.ts';
import { packed, pieceOf, totalOf } from '../../collectives/layout.ts';
import { algorithms } from '../../collectives/manifest.ts';
import { simulate } from '../../collectives/simulate.ts';
import {
  assertSame,
  addArrays,
  affineOperand,
  composeArrays,
  countsFor,
  fold,
  ranksOf,
  sizes,
  unevenCounts,
} from './matrix.ts';

const tag = 0;
/** [what it is called, the loop, whether it commutes] */
const operations: readonly (readonly [string, Combine, boolean])[] = [
  ['sum', addArrays, true],
  ['composition', composeArrays, false],
];

function layoutsFor(size: number): Layout[] {
  const even = countsFor(size).map((count) => packed(new Array<number>(size).fill(count)));
  return [...even, packed(unevenCounts(size, 4)), packed(unevenCounts(size, 4), true)];
}

/** The pieces of all ranks one after another, each element telling its rank and place. */
function piecesOf(layout: Layout): Int32Array {
  const all = new Int32Array(totalOf(layout.counts));
  for (const [rank, offset] of layout.offsets.entries()) {
    pieceOf(all, layout, rank).set(
      Int32Array.from({ length: layout.counts[rank] ?? 0 }, (_, i) => rank * 10_000 + i) as never,
    );
    assert.ok(offset <= all.length);
  }
  return all;
}

for (const size of sizes) {
  describe(`at ${size} ranks`, () => {
    it('barriers end everywhere', () => {
      for (const algorithm of algorithms.barrier) simulate(size, (rank) => algorithm.steps({ rank, size, tag }));
    });

    for (const algorithm of algorithms.broadcast) {
      it(`broadcast ${algorithm.name} brings the root's vector to all ranks`, () => {
        for (const count of countsFor(size)) {
          for (const root of ranksOf(size)) {
            const vectors = ranksOf(size).map((rank) =>
              rank === root ? affineOperand(root, count) : new Int32Array(count),
            );
            simulate(size, (rank) => algorithm.steps({ rank, size, tag, root, vector: vectors[rank] as Int32Array }));
            for (const vector of vectors) assertSame(vector, affineOperand(root, count));
          }
        }
      });
    }

    for (const [name, combine, commutative] of operations) {
      const operand = (count: number) => (rank: number) => affineOperand(rank, count);

      for (const algorithm of algorithms.reduce) {
        if (algorithm.commutativeOnly && !commutative) continue;
        it(`reduce ${algorithm.name} leaves the ${name} on every root`, () => {
          for (const count of countsFor(size)) {
            for (const root of ranksOf(size)) {
              const vectors = ranksOf(size).map(operand(count));
              simulate(size, (rank) =>
                algorithm.steps({ rank, size, tag, root, vector: vectors[rank] as Int32Array, combine, commutative }),
              );
              assertSame(vectors[root], fold(combine, 0, size - 1, operand(count)));
            }
          }
        });
      }

      for (const algorithm of algorithms.allreduce) {
        if (algorithm.commutativeOnly && !commutative) continue;
        it(`allreduce ${algorithm.name} leaves the ${name} on all ranks`, () => {
          for (const count of countsFor(size)) {
            const vectors = ranksOf(size).map(operand(count));
            simulate(size, (rank) =>
              algorithm.steps({ rank, size, tag, vector: vectors[rank] as Int32Array, combine, commutative }),
            );
            for (const vector of vectors) assertSame(vector, fold(combine, 0, size - 1, operand(count)));
          }
        });
      }

      for (const algorithm of algorithms.reduceScatter) {
        if (algorithm.commutativeOnly && !commutative) continue;
        it(`reduceScatter ${algorithm.name} leaves the pieces of the ${name}, and its input alone`, () => {
          for (const layout of layoutsFor(size)) {
            const count = totalOf(layout.counts);
            const vectors = ranksOf(size).map(operand(count));
            const owns = layout.counts.map((own) => new Int32Array(own));
            simulate(size, (rank) =>
              algorithm.steps({
                rank,
                size,
                tag,
                layout,
                vector: vectors[rank] as Int32Array,
                own: owns[rank] as Int32Array,
                combine,
                commutative,
              }),
            );
            const whole = fold(combine, 0, size - 1, operand(count));
            for (const rank of ranksOf(size)) {
              assertSame(owns[rank], pieceOf(whole, layout, rank));
              assertSame(vectors[rank], affineOperand(rank, count));
            }
          }
        });
      }

      for (const algorithm of algorithms.scan) {
        if (algorithm.commutativeOnly && !commutative) continue;
        for (const exclusive of [false, true]) {
          it(`${exclusive ? 'exscan' : 'scan'} ${algorithm.name} leaves the ${name} of the ranks below`, () => {
            for (const count of [...countsFor(size), 20_000]) {
              const vectors = ranksOf(size).map(operand(count));
              simulate(size, (rank) =>
                algorithm.steps({
                  rank,
                  size,
                  tag,
                  vector: vectors[rank] as Int32Array,
                  combine,
                  commutative,
                  exclusive,
                }),
              );
              for (const rank of ranksOf(size)) {
                const last = exclusive ? Math.max(0, rank - 1) : rank;
                assertSame(vectors[rank], fold(combine, 0, last, operand(count)));
              }
            }
          });
        }
      }
    }

    for (const algorithm of algorithms.gather) {
      it(`gather ${algorithm.name} brings all pieces to every root`, () => {
        for (const layout of layoutsFor(size)) {
          for (const root of ranksOf(size)) {
            const all = new Int32Array(totalOf(layout.counts));
            simulate(size, (rank) => {
              const own = pieceOf(piecesOf(layout), layout, rank);
              return algorithm.steps({ rank, size, tag, root, layout, own, all: rank === root ? all : null });
            });
            assertSame(all, piecesOf(layout));
          }
        }
      });
    }

    for (const algorithm of algorithms.scatter) {
      it(`scatter ${algorithm.name} brings its piece to each rank from every root`, () => {
        for (const layout of layoutsFor(size)) {
          for (const root of ranksOf(size)) {
            const owns = layout.counts.map((own) => new Int32Array(own));
            simulate(size, (rank) => {
              const all = rank === root ? piecesOf(layout) : null;
              return algorithm.steps({ rank, size, tag, root, layout, own: owns[rank] as Int32Array, all });
            });
            for (const rank of ranksOf(size)) assertSame(owns[rank], pieceOf(piecesOf(layout), layout, rank));
          }
        }
      });
    }

    for (const algorithm of algorithms.allgather) {
      it(`allgather ${algorithm.name} brings all pieces to all ranks`, () => {
        for (const layout of layoutsFor(size)) {
          const alls = ranksOf(size).map((rank) => {
            const all = new Int32Array(totalOf(layout.counts));
            pieceOf(all, layout, rank).set(pieceOf(piecesOf(layout), layout, rank) as never);
            return all;
          });
          simulate(size, (rank) => algorithm.steps({ rank, size, tag, layout, all: alls[rank] as Int32Array }));
          for (const all of alls) assertSame(all, piecesOf(layout));
        }
      });
    }

    for (const algorithm of algorithms.alltoall) {
      it(`alltoall ${algorithm.name} brings piece (s, d) from rank s to rank d`, () => {
        const even = countsFor(size).map((count) => () => count);
        const uneven = (source: number, destination: number) => (source * 3 + destination * 5) % 4;
        for (const countOf of algorithm.evenOnly ? even : [...even, uneven]) {
          for (const sparse of [false, true]) {
            if (sparse && algorithm.evenOnly) continue;
            const inputLayouts = ranksOf(size).map((s) =>
              packed(
                ranksOf(size).map((d) => countOf(s, d)),
                sparse,
              ),
            );
            const outputLayouts = ranksOf(size).map((d) =>
              packed(
                ranksOf(size).map((s) => countOf(s, d)),
                sparse,
              ),
            );
            const inputs = inputLayouts.map((layout, s) => piecesOf(layout).map((element) => element * 100 + s));
            const outputs = outputLayouts.map((layout) => new Int32Array(totalOf(layout.counts)));
            simulate(size, (rank) =>
              algorithm.steps({
                rank,
                size,
                tag,
                input: inputs[rank] as Int32Array,
                inputLayout: inputLayouts[rank] as Layout,
                output: outputs[rank] as Int32Array,
                outputLayout: outputLayouts[rank] as Layout,
              }),
            );
            for (const d of ranksOf(size)) {
              for (const s of ranksOf(size)) {
                assertSame(
                  pieceOf(outputs[d] as Int32Array, outputLayouts[d] as Layout, s),
                  pieceOf(inputs[s] as Int32Array, inputLayouts[s] as Layout, d),
                );
              }
            }
          }
        }
      });
    }
  });
}
