/**
 * The collectives that `tsmpi bench tune` compares under different tunings: a line of JSON for each and each size. By
 * hand: `npx tsmpirun -n 2 benchmarks/tune.ts 50 50 allreduce,bcast 8,65536`
 */
import { world } from 'tsmpi';
import { collectives } from './osu/collectives.ts';
import { measure } from './osu/measure.ts';

/** Of these the size is that of one rank's piece; choices are made by all pieces together. */
const inPieces = ['allgather', 'alltoall'];
const { rank, size } = world;

async function main([budget = '', warmUp = '', names = '', sizes = '']: readonly string[]): Promise<void> {
  const times = { budgetMs: Number(budget), warmUpMs: Number(warmUp) };
  for (const name of names.split(',')) {
    const build = Object.entries(collectives).find(([known]) => known === name)?.[1];
    if (build === undefined) throw new Error(`${name}: nothing of that name is measured`);
    for (const whole of sizes.split(',').map(Number)) {
      const bytes = inPieces.includes(name) ? Math.max(1, Math.floor(whole / size)) : whole;
      const { samples } = await measure(build('plain', bytes), 'sync', times);
      const sorted = [...samples].sort((left, right) => left - right);
      const ns = sorted[Math.floor(sorted.length / 2)];
      if (rank === 0) console.log(JSON.stringify({ name, bytes: whole, ns }));
    }
  }
}

await main(process.argv.slice(2));
