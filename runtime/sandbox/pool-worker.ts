/**
 * The program of a pool's workers, as the build makes it: Piscina's half of a worker, and with it the module that its
 * tasks name (`rank.ts`), out of one image.
 */
import { fileURLToPath } from 'node:url';
import { loadImage } from './image.ts';
import type * as rankModule from './rank.ts';
import type { RankTask } from './rank-task.ts';

const image = loadImage(fileURLToPath(new URL('./rank.image', import.meta.url)), fileURLToPath(import.meta.url));

/** The image cannot import; this file can. */
export function runRank(task: RankTask): Promise<never> {
  return (image as typeof rankModule).runRank(task, (url) => import(url));
}
