/**
 * One stream to a private resource, against a direct connection and an `ssh -L` tunnel: the same bytes from the same
 * source, in turns, over loopback. From a clone: `npx tsx benchmarks/connectors.ts [MIB] [ROUNDS]` (1024, 5).
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [bytes, rounds] = [Number(process.argv[2] ?? 1024) * 2 ** 20, Number(process.argv[3] ?? 5)];
const bin = (name: string): string => fileURLToPath(new URL(`../dist/launcher/cli/${name}.js`, import.meta.url));
const folder = mkdtempSync(join(process.cwd(), '.connector-bench-'));
// The sandbox's user has to read the job there; keys are files that nobody else may read.
chmodSync(folder, 0o755);
const children: ChildProcess[] = [];

/** Gives so many bytes as it is asked for; prints its port. */
const source = `
  const piece = Buffer.alloc(1 << 20, 7);
  const server = require('node:net').createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined).once('data', (asked) => {
      let left = Number(asked);
      const go = () => {
        while (left > 0) {
          const next = left < piece.length ? piece.subarray(0, left) : piece;
          left -= next.length;
          if (!socket.write(next)) return void socket.once('drain', go);
        }
        socket.end();
      };
      go();
    });
  }).listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

/** Takes them from a stream, and prints how many milliseconds that took. */
const sink = `
  export async function take(stream) {
    const start = performance.now();
    let got = 0;
    stream.on('data', (piece) => { got += piece.length; });
    stream.write('${String(bytes)}');
    await new Promise((resolve, reject) => stream.once('end', resolve).once('error', reject));
    if (got !== ${String(bytes)}) throw new Error(got + ' bytes came');
    console.log(performance.now() - start);
    stream.end();
  }
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a program that goes on; resolves with what it has said when it has said that. */
async function start(file: string, args: readonly string[], isReady: RegExp): Promise<string> {
  const child = spawn(file, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  children.push(child);
  let said = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text: Buffer) => {
        said += text.toString();
        if (isReady.test(said)) resolve(said);
      });
    }
    child.once('close', () => reject(new Error(`${file} ${args.join(' ')} ended: ${said}`)));
    child.once('error', reject);
  });
}

const environment = { ...process.env, XDG_STATE_HOME: join(folder, 'state') };

function run(file: string, args: readonly string[]): string {
  return execFileSync(file, args, {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
}

/** The port of a tunnel to `port`, or null: without a server for it. */
async function tunnel(port: number): Promise<number | null> {
  if (!existsSync('/usr/sbin/sshd')) return null;
  const [listens, local] = [await freePort(), await freePort()];
  for (const name of ['host', 'user']) run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', name]);
  if (process.getuid?.() === 0) execFileSync('mkdir', ['-p', '/run/sshd']);
  const settings = {
    ...{ Port: listens, ListenAddress: '127.0.0.1', HostKey: join(folder, 'host'), PidFile: 'none', UsePAM: 'no' },
    ...{ AuthorizedKeysFile: join(folder, 'user.pub'), StrictModes: 'no', PermitRootLogin: 'prohibit-password' },
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${String(value)}\n`);
  writeFileSync(join(folder, 'sshd_config'), lines.join(''));
  await start('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'sshd_config')], /Server listening/u);
  const trust = ['-o', 'StrictHostKeyChecking=no', '-o', `UserKnownHostsFile=${join(folder, 'known')}`];
  const forward = ['-L', `127.0.0.1:${String(local)}:127.0.0.1:${String(port)}`, '-p', String(listens)];
  const words = ['-v', '-N', '-i', join(folder, 'user'), ...trust, ...forward, `${userInfo().username}@127.0.0.1`];
  await start('ssh', words, /Entering interactive session/u);
  return local;
}

/** A gateway and an agent for the port; `job.mjs` takes from it. */
async function connector(port: number): Promise<void> {
  const listen = `127.0.0.1:${String(await freePort())}`;
  const resources = { source: { kind: 'tcp', target: `127.0.0.1:${String(port)}` } };
  writeFileSync(join(folder, 'connector.json'), JSON.stringify({ resources }));
  const config = { connectors: { source: { agent: 'dc1' } }, gateway: { listen } };
  writeFileSync(join(folder, 'tsmpi.config.json'), JSON.stringify(config));
  writeFileSync(
    join(folder, 'job.mjs'),
    `import { connect } from 'tsmpi/connectors'; import { take } from './sink.mjs'; await take(await connect('source'));`,
  );
  run(process.execPath, [bin('tsmpi'), 'gateway', 'token', 'dc1', '--out', 'token']);
  const words = ['--config', 'connector.json', '--gateway', listen, '--token-file', 'token', '--state', 'agent'];
  await start(process.execPath, [bin('tsmpi'), 'connector', ...words], /./u);
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

async function main(): Promise<void> {
  writeFileSync(join(folder, 'sink.mjs'), sink);
  writeFileSync(
    join(folder, 'direct.mjs'),
    `import { connect } from 'node:net'; import { take } from './sink.mjs';
     const socket = connect({ host: '127.0.0.1', port: Number(process.argv[2]), allowHalfOpen: true });
     socket.once('connect', () => take(socket));`,
  );
  const port = Number(await start(process.execPath, ['-e', source], /^\d+\n/u));
  await connector(port);
  const forwarded = await tunnel(port);
  if (forwarded === null) console.log('no sshd here: apt-get install openssh-server');
  const direct = (to: number) => (): string => run(process.execPath, ['direct.mjs', String(to)]);
  const ways = {
    direct: direct(port),
    ...(forwarded === null ? {} : { 'ssh -L': direct(forwarded) }),
    connector: () => run(process.execPath, [bin('tsmpirun'), '-n', '1', '--quiet', '--connector', 'source', 'job.mjs']),
  };
  const times = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, way] of Object.entries(ways)) times.get(name)?.push(Number(way()));
  }
  const reference = median(times.get('direct') ?? []);
  for (const [name, all] of times) {
    const gigabytes = (bytes / median(all) / 1e6).toFixed(2);
    const spread = [Math.max(...all), Math.min(...all)].map((ms) => (bytes / ms / 1e6).toFixed(2)).join(' to ');
    console.log(`${name.padEnd(10)} ${gigabytes} GB/s (${spread}), ${(reference / median(all)).toFixed(2)} of direct`);
  }
}

try {
  await main();
} finally {
  for (const child of children.reverse()) {
    if (child.exitCode !== null) continue;
    const closed = once(child, 'close');
    child.kill();
    await closed;
  }
  rmSync(folder, { recursive: true });
}
