/** The program of the only worker of a sandbox, as the build makes it. */
import { fileURLToPath } from 'node:url';
import { workerData } from 'node:worker_threads';
import { loadImage } from './image.ts';
import type * as rankModule from './rank.ts';
import type { RankTask } from './rank-task.ts';

const image = loadImage(fileURLToPath(new URL('./rank.image', import.meta.url)), fileURLToPath(import.meta.url));
// The image cannot import; this file can.
void (image as typeof rankModule).runRank(workerData as RankTask, (url) => import(url));
