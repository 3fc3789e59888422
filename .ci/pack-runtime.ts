/**
 * Packs what every sandbox loads: the agent, and the code of its workers (Piscina's half, the rank, the package's
 * entries), each bundled into one file with V8's code cache of it. 32 sandboxes start at once on few cores, and what
 * they compile they compile 32 times: so the caches are made when the code has run once, and hold every function that
 * a start needs. Without source maps: a rank runs with them enabled, and would read and parse each one at start.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import { findKoffi } from '../launcher/supervise/koffi.ts';
import { RendezvousService } from '../runtime/rendezvous/service.ts';
import { type Bootstrap, encodeBootstrap } from '../runtime/sandbox/bootstrap.ts';
import { bundling } from './bundling.ts';

const poolWorker = fileURLToPath(new URL('../node_modules/piscina/dist/worker.js', import.meta.url));
/** protobufjs asks for `long` for numbers of 64 bits, which no message of ours has; loading it compiles a module. */
const noLong = fileURLToPath(new URL('no-long.cjs', import.meta.url));
const entryNames = ['index', 'collectives'] as const;

/** What a job does first, in the code that is packed. */
const warmUpJob = (runtime: string): string => `
  import { world } from ${JSON.stringify(pathToFileURL(join(runtime, 'index.js')).href)};
  const { rank, size, sync } = world;
  for (let round = 0; round < 3; round += 1) {
    await world.barrier();
    sync.barrier();
    sync.allreduce(new Float64Array(8).fill(rank));
    await world.allreduce(new Float64Array(8).fill(rank));
    await world.broadcast(new Float64Array(8), { root: 0 });
    await world.gather([rank], { root: 0 });
    const next = (rank + 1) % size, before = (rank + size - 1) % size;
    await world.sendrecv(new Float64Array(8), { dest: next, source: before });
    await world.sendrecv({ rank }, { dest: next, source: before });
  }
  console.log('rank', rank, 'of', size);
`;

/** Does all of it in `outFolder`, where the compiled modules are. */
export async function packRuntime(outFolder: string): Promise<void> {
  const runtime = join(outFolder, 'runtime');
  const sandbox = join(runtime, 'sandbox');
  const pool = join(sandbox, 'pool');
  mkdirSync(pool);
  // Piscina starts its workers with a file of the name worker.js, and node takes that for an ES module otherwise.
  writeFileSync(join(pool, 'package.json'), '{ "type": "commonjs" }\n');
  const scratch = mkdtempSync(join(tmpdir(), 'pack-'));
  try {
    const rank = codeOf(
      sandbox,
      `export { runRank } from './rank.js';
       export const pool = () => (require(${JSON.stringify(poolWorker)}), require('./pool-rank.js'));`,
    );
    writeEntries(runtime);
    script(sandbox, { entryPoints: ['pool-worker.js'], outfile: 'pool/worker.js' });
    script(sandbox, { entryPoints: ['lone-rank.js'], outfile: 'pool/lone.js' });
    const job = join(scratch, 'job.mjs');
    writeFileSync(job, warmUpJob(runtime));
    await packWith(packRank(rank, pool, job), pool);
    await packAgent(codeOf(sandbox, `export { runAgent } from './run-agent.js';`), { sandbox, pool, scratch, job });
    script(sandbox, { entryPoints: ['agent.js'], external: ['./run-agent.js'], outfile: 'agent.cjs' });
  } finally {
    rmSync(scratch, { recursive: true });
  }
  for (const name of readdirSync(sandbox)) {
    if (/^(?:agent|pool-worker|lone-rank)\.js/.test(name)) rmSync(join(sandbox, name));
  }
}

const asCommonJs: BuildOptions = {
  format: 'cjs',
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
};

function script(folder: string, options: BuildOptions): void {
  buildSync({ ...bundling(folder), ...asCommonJs, ...options });
}

/** The code of a CommonJS module with everything that `contents` imports, seen from `folder`. */
function codeOf(folder: string, contents: string): string {
  const stdin = { contents, resolveDir: folder };
  const { outputFiles } = buildSync({
    ...bundling(folder),
    ...asCommonJs,
    alias: { long: noLong },
    stdin,
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/**
 * The package's entries: in a rank they give what the image has loaded already (`setEntries`), and outside of one, what
 * lies beside them.
 */
function writeEntries(runtime: string): void {
  // What a launching program joins its job with must be of the same copy as what it imports.
  const parts = [...entryNames, 'attached'];
  const alone = parts.map((name) => `export * as ${name} from './${name}.js';`).join('\n');
  // Node shows the line that an error comes from: one of a few words, not the whole file.
  const options = { minifyWhitespace: false, outfile: 'alone.cjs' };
  script(runtime, { stdin: { contents: alone, resolveDir: runtime }, ...options });
  for (const name of entryNames) {
    const entryPoints = [`${name}.js`];
    const { metafile } = buildSync({
      ...bundling(runtime),
      ...{ entryPoints, format: 'esm', metafile: true, write: false, outdir: 'probe' },
    });
    const names = Object.values(metafile.outputs).flatMap(({ exports }) => exports);
    const lines = [
      "import { createRequire } from 'node:module';",
      "const shared = globalThis[Symbol.for('tsmpi.entries')];",
      "const isOurs = shared?.home === new URL('.', import.meta.url).href;",
      "const all = isOurs ? shared.entries : createRequire(import.meta.url)('./alone.cjs');",
      `export const { ${names.join(', ')} } = all.${name};`,
    ];
    writeFileSync(join(runtime, `${name}.js`), `${lines.join('\n')}\n`);
    rmSync(join(runtime, `${name}.js.map`));
  }
}

/** Two ranks in workers of one process; the first one writes the image of the code when it ends. */
function packRank(code: string, pool: string, job: string): string {
  return `
    import { Worker, isMainThread, workerData } from 'node:worker_threads';
    import { writeFileSync } from 'node:fs';
    import { fileURLToPath } from 'node:url';
    import { evaluateImage, imageSource, packImage } from '../image.js';
    import { Segment } from '../../transport/segment.js';
    const job = ${JSON.stringify(job)}, pool = ${JSON.stringify(pool)}, size = 2;
    const code = imageSource(${JSON.stringify(code)});
    if (isMainThread) {
      const segment = Segment.create(size);
      const { memory, host } = segment;
      for (let local = 0; local < size; local += 1) {
        segment.status(local).state = 1;
        const shared = { memory, host: host.shared, hostFirstRank: 0, localRanks: size, firstRank: 0, size };
        const task = { ...shared, localIndex: local, epoch: 1, jobId: 'pack', entry: job, script: job, args: [] };
        new Worker(fileURLToPath(import.meta.url), { workerData: { ...task, stdin: false } });
      }
    } else {
      const [script, { runRank }] = evaluateImage(code, pool + '/worker.js');
      process.on('exit', () => {
        if (workerData.localIndex !== 0) return;
        writeFileSync(pool + '/rank.image', packImage(code, script.createCachedData()));
      });
      void runRank(workerData, (url) => import(url));
    }`;
}

interface Places {
  readonly sandbox: string;
  readonly pool: string;
  readonly scratch: string;
  readonly job: string;
}

/** One agent that lives through a job, and writes the image of its code when it ends. */
async function packAgent(code: string, { pool, scratch, job }: Places): Promise<void> {
  const program = `
    import { writeFileSync } from 'node:fs';
    import { evaluateImage, imageSource, packImage } from '../image.js';
    const pool = ${JSON.stringify(pool)}, code = imageSource(${JSON.stringify(code)});
    const [script, { runAgent }] = evaluateImage(code, pool + '/agent.js');
    process.on('exit', () => {
      writeFileSync(pool + '/agent.image', packImage(code, script.createCachedData()));
    });
    await runAgent();`;
  const bootstrap = bootstrapOf(scratch, job);
  const { meshId, epoch, tsmpiVersion, links, rendezvous: address, token } = bootstrap;
  const ignore = (): void => undefined;
  const service = await RendezvousService.start(
    { address, meshId, epoch, tsmpiVersion },
    {
      ...{ output: ignore, rankOver: ignore, abortRequested: ignore, asked: ignore },
      ...{ goodbye: ignore, lost: ignore, refused: ignore },
      joined: () => {
        service.roster([0]);
      },
      connected: () => {
        service.go([0]);
      },
      outputOver: () => {
        service.goodbye([0]);
      },
    },
  );
  service.expect([{ index: 0, ranks: [0], token }], links);
  try {
    await packWith(program, pool, encodeBootstrap(bootstrap));
  } finally {
    await service.close();
  }
}

function bootstrapOf(scratch: string, job: string): Bootstrap {
  const koffi = findKoffi();
  const path = join(scratch, 'segment');
  if ('path' in koffi) {
    writeFileSync(path, '');
    truncateSync(path, 64 * 1024 * 1024);
  }
  return {
    ...{ jobId: 'pack', meshId: 'pack', epoch: 1, sandbox: 0, size: 1, tsmpiVersion: '0' },
    ...{ listener: 'ws', links: 'onUse', onFailure: 'abort', stdin: [], env: {} },
    ...('path' in koffi ? { segment: { path, koffi: koffi.path } } : {}),
    token: randomBytes(32).toString('hex'),
    meshSecret: randomBytes(32).toString('hex'),
    rendezvous: join(scratch, 'r.sock'),
    meshListen: join(scratch, '0.sock'),
    sandboxes: [{ index: 0, firstRank: 0, ranks: 1 }],
    ranks: [{ rank: 0, program: 0 }],
    programs: [{ entry: job, script: job, args: [] }],
  };
}

/**
 * Runs a program that writes an image, in `pool`. Without this node's flags, as an agent has none: V8 takes a cache
 * only under the flags under which it was made.
 */
async function packWith(program: string, pool: string, bootstrap?: Uint8Array): Promise<void> {
  const file = join(pool, 'pack.mjs');
  writeFileSync(file, program);
  const env = { PATH: process.env['PATH'] };
  const child: ChildProcess = spawn(process.execPath, [file], {
    env,
    stdio: ['ignore', 'inherit', 'inherit', bootstrap === undefined ? 'ignore' : 'pipe'],
  });
  if (bootstrap !== undefined) (child.stdio[3] as Writable).end(bootstrap);
  const [code] = (await once(child, 'exit')) as [number | null];
  rmSync(file);
  if (code !== 0) throw new Error('what sandboxes load cannot be packed');
}
