/** The program of a sandbox: what a backend starts, with the bootstrap in file descriptor 3. */
import { fileURLToPath } from 'node:url';
import { loadImage } from './agent-image.ts';

const image = fileURLToPath(new URL('./agent.image', import.meta.url));
const { runAgent } = loadImage(image, fileURLToPath(import.meta.url)) ?? (await import('./run-agent.ts'));
await runAgent();
