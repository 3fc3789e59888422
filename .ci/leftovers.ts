/** Prints one line for each thing that a job left on this machine. */
import { countLeftovers } from '../test/harness/leftovers.ts';

const { items } = await countLeftovers();
for (const item of items) console.log(item);
