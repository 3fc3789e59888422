/**
 * The flights of flights.ts, out of a database and an object store that admit nobody. `npm run demo:warehouse` starts
 * both, their connector, and this with 8 ranks.
 */
import assert from 'node:assert/strict';
import pg from 'pg';
import { world } from 'tsmpi';
import { dataset } from 'tsmpi/connectors';

type Flight = { origin: string; delay: number | bigint; distance: number | bigint };
type Tally = { flights: number; delay: number; miles: number };

function count(tallies: Map<string, Tally>, origin: string, more: Tally): void {
  const tally = tallies.get(origin) ?? { flights: 0, delay: 0, miles: 0 };
  tally.flights += more.flights;
  tally.delay += more.delay;
  tally.miles += more.miles;
  tallies.set(origin, tally);
}

/** By airport, of all ranks' shares: on rank 0. Sums of integers below 2^53 are exact, in whatever order. */
async function tallyOf(shares: AsyncIterable<Flight[]>): Promise<Map<string, Tally>> {
  const mine = new Map<string, Tally>();
  for await (const flights of shares) {
    for (const { origin, delay, distance } of flights) {
      count(mine, origin, { flights: 1, delay: Number(delay), miles: Number(distance) });
    }
  }
  const all = new Map<string, Tally>();
  for (const part of (await world.gather(mine)) ?? []) {
    for (const [origin, tally] of part) count(all, origin, tally);
  }
  return all;
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  await world.barrier();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (world.rank === 0) console.log(`${what.padEnd(48)} ${seconds.padStart(6)} s`);
  return result;
}

const columns = ['origin', 'delay', 'distance'];
const fromRows = await timed(`rows of PostgreSQL, on ${String(world.size)} ranks`, () =>
  tallyOf(dataset<Flight>('warehouse', { query: 'select * from flights', key: 'id' }, { columns })),
);
const fromObjects = await timed(`Parquet of the object store, on ${String(world.size)} ranks`, () =>
  tallyOf(dataset<Flight>('objects', { prefix: 'flights/', format: 'parquet' }, { columns })),
);
const fromDatabase = await timed('the database by itself, asked through pg', async () => {
  const all = new Map<string, Tally>();
  if (world.rank !== 0) return all;
  const client = new pg.Client({ host: 'warehouse', port: 5432, user: 'flights' });
  await client.connect();
  const sums = 'origin, count(*)::int as flights, sum(delay)::float8 as delay, sum(distance)::float8 as miles';
  const { rows } = await client.query<Tally & { origin: string }>(`select ${sums} from flights group by origin`);
  await client.end();
  for (const { origin, ...tally } of rows) count(all, origin, tally);
  return all;
});

if (world.rank === 0) {
  assert.deepEqual(fromRows, fromDatabase);
  assert.deepEqual(fromObjects, fromDatabase);
  console.log('All three are equal.\n\norigin   flights  mean delay  mean miles');
  const busy = [...fromRows].sort(([, one], [, other]) => other.flights - one.flights).slice(0, 10);
  for (const [origin, { flights, delay, miles }] of busy) {
    const means = [delay / flights, miles / flights].map((mean) => mean.toFixed(3).padStart(11));
    console.log(`${origin.padEnd(6)} ${String(flights).padStart(9)} ${means.join(' ')}`);
  }
}
