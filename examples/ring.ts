/** A token goes round all ranks a thousand times, each adds one to it: `npx tsmpirun -n 4 examples/ring.ts`. */
import { world } from 'tsmpi';

const laps = 1000;
const { rank, size, sync } = world;
const next = (rank + 1) % size;
const previous = (rank + size - 1) % size;

// A tight loop of small messages is where the blocking twin shines: no Promise, no turn of the event loop.
const token = new Int32Array(1);
const start = performance.now();
for (let lap = 0; lap < laps; lap++) {
  if (rank > 0) sync.recv({ source: previous, into: token });
  token[0] = (token[0] ?? 0) + 1;
  sync.send(token, { dest: next });
  if (rank === 0) sync.recv({ source: previous, into: token });
}

if (rank === 0) {
  const hops = laps * size;
  const microseconds = ((performance.now() - start) * 1000) / hops;
  console.log(`After ${laps} laps the token is ${token[0] ?? 'lost'}`);
  console.log(`${microseconds.toFixed(1)} µs for each of ${hops} hops between ${size} ranks`);
  if (token[0] !== hops) world.abort(1, `the token should be ${hops}`);
}
