/**
 * The program of a sandbox: what a backend starts, with the bootstrap in file descriptor 3. The build makes a CommonJS
 * file of it, which node starts without its ESM loader, and packs all that it loads into an image.
 */
import { fileURLToPath } from 'node:url';
import { loadImage } from './image.ts';
import type * as agentModule from './run-agent.ts';

const pool = fileURLToPath(new URL('./pool/', import.meta.url));
// As if it lay beside the code of the workers, where Piscina looks for that.
const image = loadImage(`${pool}agent.image`, `${pool}agent.js`) as typeof agentModule | null;
if (image === null) void import('./run-agent.ts').then(({ runAgent }) => runAgent());
else void image.runAgent();
