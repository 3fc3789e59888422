/**
 * Heat spreads over a square plate whose upper edge is kept hot: Jacobi iterations on a grid that is cut into blocks,
 * one
 * per rank, which exchange their borders in every step. `npx tsmpirun -n 4 examples/heat2d.ts`
 */
import { PROC_NULL, world } from 'tsmpi';

const side = 240; // cells along each edge of the plate
const steps = 500;
const { rank, size, sync } = world;

// The ranks form a grid, as square as the divisors of `size` allow.
let blockRows = Math.floor(Math.sqrt(size));
while (size % blockRows !== 0) blockRows--;
const blockColumns = size / blockRows;
const blockRow = Math.floor(rank / blockColumns);
const blockColumn = rank % blockColumns;

// Beyond the plate there is PROC_NULL: messages to and from it move nothing, so the edges need no special case.
const north = blockRow > 0 ? rank - blockColumns : PROC_NULL;
const south = blockRow < blockRows - 1 ? rank + blockColumns : PROC_NULL;
const west = blockColumn > 0 ? rank - 1 : PROC_NULL;
const east = blockColumn < blockColumns - 1 ? rank + 1 : PROC_NULL;

const share = (block: number, blocks: number): number =>
  Math.floor((side * (block + 1)) / blocks) - Math.floor((side * block) / blocks);
const rows = share(blockRow, blockRows);
const columns = share(blockColumn, blockColumns);
const width = columns + 2; // with a ghost cell at either end, for what the neighbours hold

let plate = new Float64Array((rows + 2) * width);
if (north === PROC_NULL) plate.fill(100, 0, width);
let after = plate.slice();
const outgoing = new Float64Array(rows);
const incoming = new Float64Array(rows);

function row(index: number): Float64Array {
  return plate.subarray(index * width + 1, index * width + 1 + columns);
}

/** Sends our cells of column `from` to `dest`, and puts those of `source` into our ghost column `to`. */
function exchangeColumn(dest: number, from: number, source: number, to: number): void {
  for (let r = 0; r < rows; r++) outgoing[r] = plate[(r + 1) * width + from] ?? 0;
  sync.sendrecv(outgoing, { dest, source, into: incoming });
  if (source !== PROC_NULL) for (let r = 0; r < rows; r++) plate[(r + 1) * width + to] = incoming[r] ?? 0;
}

/** One step; gives the largest change of a cell in this block. */
function relax(): number {
  let change = 0;
  for (let r = 1; r <= rows; r++) {
    for (let at = r * width + 1; at <= r * width + columns; at++) {
      const around = plate[at - width]! + plate[at + width]! + plate[at - 1]! + plate[at + 1]!;
      after[at] = around / 4;
      change = Math.max(change, Math.abs(around / 4 - plate[at]!));
    }
  }
  [plate, after] = [after, plate];
  return change;
}

for (let step = 1; step <= steps; step++) {
  sync.sendrecv(row(1), { dest: north, source: south, into: row(rows + 1) });
  sync.sendrecv(row(rows), { dest: south, source: north, into: row(0) });
  exchangeColumn(west, 1, east, columns + 1);
  exchangeColumn(east, columns, west, 0);
  const change = relax();
  if (step % 100 === 0) {
    // The maximum is exact, so this line is the same however many ranks share the plate.
    const residual = sync.reduce(change, { op: 'max' });
    if (residual !== undefined) console.log(`step ${step}: residual ${residual.toFixed(9)}`);
  }
}
