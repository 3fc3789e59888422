/** Every rank says hello, then rank 0 tells what it heard: `npx tsmpirun -n 4 examples/hello.ts`. */
import { world } from 'tsmpi';

console.log(`Hello from rank ${world.rank} of ${world.size}`);

// Any value that structured clone takes can travel; here each rank gives an object and rank 0 gets the list.
const cards = await world.gather({ rank: world.rank, node: process.version, startedAt: new Date() });

if (cards !== undefined) {
  const versions = new Set(cards.map((card) => card.node));
  console.log(`All ${cards.length} answered, in order: ${cards.map((card) => card.rank).join(' ')}`);
  console.log(`Versions of node among them: ${versions.size}`);
}
