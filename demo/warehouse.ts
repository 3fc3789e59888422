/**
 * `npm run demo:warehouse [RANKS]`: a private network on this machine (a namespace whose firewall lets nobody in) with
 * PostgreSQL and an object store, both with three million flights; a connector agent in it; and examples/warehouse.ts
 * on 8 ranks, which reads both. It installs what is missing, and stops and removes all that it has started. Needs root.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { noPostgres, PostgresServer } from '../test/harness/postgres-server.ts';
import { noPrivateHost, PrivateHost } from '../test/harness/private-host.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsmpi = join(root, 'dist/launcher/cli/tsmpi.js');
const data = join(root, 'node_modules/vega-datasets/data/flights-3m.parquet');
const ranks = process.argv[2] ?? '8';
const gatewayPort = 7465;
const storePort = 9000;
const password = 'of-the-connector';
/** Aborted by a signal. */
const interruption = new AbortController();

type Flight = { readonly date: Date } & Readonly<Record<'delay' | 'distance' | 'origin', bigint | string>>;

function say(text: string): void {
  console.log(`demo: ${text}`);
}

/** Fails with a line that says what to do. */
function stop(why: string): never {
  console.error(`demo: ${why}`);
  process.exit(1);
}

function install(): void {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) stop('it makes a network namespace, and needs root: sudo npm run demo:warehouse');
  const lacks = [
    noPrivateHost(),
    noPostgres(),
    spawnSync('bwrap', ['--version']).error ? 'bubblewrap is missing' : null,
  ];
  if (lacks.every((each) => each === null)) return;
  if (spawnSync('apt-get', ['--version']).error) stop(lacks.filter((each) => each !== null).join('; '));
  const packages = ['postgresql', 'iproute2', 'nftables', 'bubblewrap', 'util-linux'];
  say(`installs ${packages.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const stdio = ['ignore', 'ignore', 'inherit'] as const;
  execFileSync('apt-get', ['update', '-q'], { env, stdio: [...stdio] });
  execFileSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env, stdio: [...stdio] });
}

/** Into the database, as CSV, a row group of the file at a time. */
async function load(server: PostgresServer): Promise<void> {
  server.sql('create database flights');
  const column = 'id int, date timestamp, delay int, distance int, origin text';
  server.sql(`create role flights login password '${password}'; create table flights (${column})`, 'flights');
  const { rows, done } = server.copy('flights', 'flights');
  const parquet = await asyncBufferFromFile(data);
  const metadata = await parquetMetadataAsync(parquet);
  let [id, rowStart] = [0, 0];
  for (const group of metadata.row_groups) {
    if (interruption.signal.aborted) break;
    const rowEnd = rowStart + Number(group.num_rows);
    const columns = ['date', 'delay', 'distance', 'origin'];
    const flights = await parquetReadObjects({ file: parquet, metadata, compressors, columns, rowStart, rowEnd });
    const lines = (flights as unknown as Flight[]).map(({ date, delay, distance, origin }) => {
      id += 1;
      return `${String(id)},${date.toISOString().slice(0, -1)},${String(delay)},${String(distance)},${origin}\n`;
    });
    if (!rows.write(lines.join(''))) await once(rows, 'drain');
    rowStart = rowEnd;
  }
  rows.end();
  await done;
  server.sql('alter table flights add primary key (id); analyze; grant select on flights to flights', 'flights');
}

/** The two grants: what jobs may use, and what stands behind it. */
function configure(folder: string, host: PrivateHost): { env: NodeJS.ProcessEnv; grants: string; agent: string } {
  const [grants, agent] = [join(folder, 'tsmpi.config.json'), join(folder, 'connector.json')];
  const at = { agent: 'dc1', jobs: ['warehouse'] };
  const listen = `${host.outside}:${String(gatewayPort)}`;
  writeFileSync(grants, JSON.stringify({ connectors: { warehouse: at, objects: at }, gateway: { listen } }));
  const keys = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
  const target = '127.0.0.1:5432';
  const resources = {
    warehouse: {
      kind: 'postgres',
      target,
      database: 'flights',
      user: 'flights',
      password: { env: 'WAREHOUSE_PASSWORD' },
    },
    objects: { kind: 's3', endpoint: `http://127.0.0.1:${String(storePort)}`, bucket: 'flights', ...keys },
  };
  writeFileSync(agent, JSON.stringify({ resources }), { mode: 0o600 });
  return { env: { ...process.env, XDG_STATE_HOME: join(folder, 'state') }, grants, agent };
}

/** Starts all of it and runs the job. Gives its exit code. */
async function run(folder: string): Promise<number> {
  await using host = new PrivateHost();
  say(`private host ${host.inside}: its firewall lets nobody in`);
  const [rows, objects] = [join(folder, 'postgres'), join(folder, 'objects')];
  for (const each of [rows, objects]) mkdirSync(each);
  const server = await PostgresServer.start(host, rows);
  const store = join(root, 'demo/object-store.ts');
  await host.start([process.execPath, '--import', 'tsx', store, String(storePort), objects, data], /is ready/u);
  say('PostgreSQL and the object store run there; loads 3 000 000 flights');
  await load(server);
  interruption.signal.throwIfAborted();
  const { env, grants, agent } = configure(folder, host);
  const token = join(folder, 'token');
  execFileSync(process.execPath, [tsmpi, 'gateway', 'token', 'dc1', '--out', token], { env, stdio: 'pipe' });
  const dial = ['--gateway', `${host.outside}:${String(gatewayPort)}`, '--token-file', token];
  const words = ['--config', agent, ...dial, '--state', join(folder, 'agent')];
  const secret = { WAREHOUSE_PASSWORD: password };
  await host.start([process.execPath, tsmpi, 'connector', ...words], /./u, secret);
  const given = ['-n', ranks, '--connector', 'warehouse', '--connector', 'objects', 'examples/warehouse.ts'];
  say(`tsmpirun ${given.join(' ')}`);
  const tsmpirun = join(root, 'dist/launcher/cli/tsmpirun.js');
  const job = spawn(process.execPath, [tsmpirun, '--config', grants, ...given], { cwd: root, env, stdio: 'inherit' });
  interruption.signal.addEventListener('abort', () => job.kill());
  if (interruption.signal.aborted) job.kill();
  const [code] = (await once(job, 'close')) as [number | null];
  return code ?? 1;
}

async function main(): Promise<void> {
  install();
  const folder = mkdtempSync(join(tmpdir(), 'warehouse-demo-'));
  // The database's user has to get to its own folder below.
  chmodSync(folder, 0o711);
  try {
    process.exitCode = await run(folder);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    process.exitCode = 130;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    say('stopped and removed all of it');
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.abort());
await main();
