/** The program of a pool's workers, as the build makes it: Piscina's half of a worker, and what its tasks name. */
import { fileURLToPath } from 'node:url';
import { loadImage } from './image.ts';
import type * as poolRank from './pool-rank.ts';
import type { RankTask } from './rank-task.ts';

const image = loadImage(fileURLToPath(new URL('./rank.image', import.meta.url)), fileURLToPath(import.meta.url));
const { runRank: run } = (image as { pool(): typeof poolRank }).pool();

/** The image cannot import; this file can. */
export function runRank(task: RankTask): Promise<never> {
  return run(task, (url) => import(url));
}
