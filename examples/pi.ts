/** The area under 4 / (1 + x²), shared out among the ranks: `npx tsmpirun -n 4 examples/pi.ts [intervals]`. */
import { world } from 'tsmpi';

const intervals = Number(process.argv[2] ?? 20_000_000);
if (!Number.isSafeInteger(intervals) || intervals < 1) {
  console.error(`intervals must be a positive integer, not ${process.argv[2] ?? ''}; for example 1000000`);
  process.exit(2);
}

// Midpoint rule: this rank takes every size-th interval, beginning with its own number.
const width = 1 / intervals;
let area = 0;
for (let index = world.rank; index < intervals; index += world.size) {
  const x = (index + 0.5) * width;
  area += (4 / (1 + x * x)) * width;
}

const pi = await world.reduce(area);

if (pi !== undefined) {
  console.log(`pi is about ${pi.toFixed(10)}`);
  console.log(`the error is below 1e-10: ${Math.abs(pi - Math.PI) < 1e-10 ? 'yes' : 'no'}`);
}
