/** What makes flights late? Three million of them, shared out by rows: `npx tsmpirun -n 32 examples/flights.ts`. */
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { world } from 'tsmpi';
import { fileURLToPath } from 'node:url';

type Flight = { date: Date; delay: bigint; distance: bigint; origin: string };
type Tally = { flights: number; delay: number };

const start = performance.now();
const data = new URL('../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url);
const file = await asyncBufferFromFile(fileURLToPath(data));
const metadata = await parquetMetadataAsync(file);
const total = Number(metadata.num_rows);
const first = Math.floor((total * world.rank) / world.size);
const end = Math.floor((total * (world.rank + 1)) / world.size);
/** This rank's rows, one row group of the file at a time. */
async function* myFlights(): AsyncGenerator<Flight[]> {
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const groupEnd = groupStart + Number(group.num_rows);
    const [rowStart, rowEnd] = [Math.max(first, groupStart), Math.min(end, groupEnd)];
    const rows = { file, metadata, compressors, columns: ['date', 'delay', 'distance', 'origin'], rowStart, rowEnd };
    if (rowStart < rowEnd) yield (await parquetReadObjects(rows)) as Flight[];
    groupStart = groupEnd;
  }
}

// Every sum below is of integers and stays under 2^53: exact in a Float64, so the same at any number of ranks.
const moments = new Float64Array(16); // sums of the products of (1, distance, hour, delay) with one another
const histogram = new Float64Array(15); // delays by quarters of an hour: below -30 minutes, …, from 165 upwards
const origins = new Map<string, Tally>();
function count(tallies: Map<string, Tally>, origin: string, flights: number, delay: number): void {
  const tally = tallies.get(origin);
  tallies.set(origin, { flights: (tally?.flights ?? 0) + flights, delay: (tally?.delay ?? 0) + delay });
}
for await (const flights of myFlights()) {
  for (const { date, delay: late, distance, origin } of flights) {
    const delay = Number(late);
    const v = [1, Number(distance), date.getUTCHours(), delay];
    for (let i = 0; i < 16; i++) moments[i]! += v[i >> 2]! * v[i & 3]!;
    histogram[Math.min(14, Math.max(0, Math.floor(delay / 15) + 3))]! += 1;
    count(origins, origin, 1, delay);
  }
}

/** Gauss's elimination on the normal equations; a row holds (1, distance, hour) and the right-hand side. */
function solve(rows: number[][]): number[] {
  rows.forEach((pivot, p) => {
    for (const row of rows.filter((each) => each !== pivot)) {
      const factor = row[p]! / pivot[p]!;
      row.forEach((value, i) => (row[i] = value - factor * pivot[i]!));
    }
  });
  return rows.map((row, i) => row[3]! / row[i]!);
}
const sums = await world.allreduce(moments);
const [base, perMile, perHour] = solve([0, 4, 8].map((at) => [...sums.subarray(at, at + 4)]));
const bars = await world.reduce(histogram);
const tallies = await world.gather(origins);

if (bars !== undefined && tallies !== undefined) {
  const [late, far, hour] = [base!, perMile! * 1000, perHour!].map((minutes) => minutes.toFixed(4));
  console.log(`Delay in minutes: ${late}, plus ${far} per 1000 miles, plus ${hour} per hour of the day\n`);
  bars.forEach((flights, i) => {
    const label = i === 0 ? 'below  -30' : `from  ${String(i * 15 - 45).padStart(4)}`;
    console.log(`${label} minutes ${String(flights).padStart(9)} ${'█'.repeat(Math.round(flights / 30_000))}`);
  });
  const merged = new Map<string, Tally>();
  for (const [origin, tally] of tallies.flatMap((each) => [...each])) count(merged, origin, tally.flights, tally.delay);
  const airports = [...merged].map(([origin, { flights, delay }]) => ({ origin, flights, mean: delay / flights }));
  const busy = airports.filter((each) => each.flights >= 1000);
  busy.sort((a, b) => b.mean - a.mean || a.origin.localeCompare(b.origin));
  console.log('\norigin   flights  mean delay');
  for (const { origin, flights, mean } of busy.slice(0, 10)) {
    console.log(`${origin.padEnd(6)} ${String(flights).padStart(9)} ${mean.toFixed(3).padStart(11)}`);
  }
  console.log(`\n${total} flights on ${world.size} ranks in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
