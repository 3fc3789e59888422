/**
 * The program of a sandbox: what a backend starts, with the bootstrap in file descriptor 3. The build makes a CommonJS
 * file of it, which node starts without its ESM loader.
 */
import { fileURLToPath } from 'node:url';
import { loadImage } from './agent-image.ts';

const image = loadImage(fileURLToPath(new URL('./agent.image', import.meta.url)), fileURLToPath(import.meta.url));
if (image === null) void import('./run-agent.ts').then(({ runAgent }) => runAgent());
else void image.runAgent();
