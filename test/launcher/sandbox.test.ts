import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Bench, openBench } from '../compliance/backend.ts';
import { BubblewrapBackend } from '../../launcher/backends/bubblewrap.ts';
import type { Backend } from '../../launcher/backends/backend.ts';
import { type LauncherEvent, type LauncherPlan, SmallLauncher } from './fixtures/small-launcher.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const fixtures = join(root, 'test/launcher/fixtures');
const isRoot = process.getuid?.() === 0;
const plainUid = 61_872;

function readOnly(path: string): { source: string; target: string; writable: boolean } {
  return { source: path, target: path, writable: false };
}

async function runs(
  plan: LauncherPlan,
  as: { uid?: number } = {},
): Promise<{ exit: LauncherEvent; logs: LauncherEvent[]; user: unknown }> {
  const launcher = new SmallLauncher(plan, as);
  const backend = await launcher.event('backend');
  assert.equal(backend['name'], plan.backend, String(backend['notice']));
  const exit = await launcher.event('exited');
  await launcher.end();
  return { exit, logs: launcher.events('log'), user: (await launcher.event('directory'))['user'] };
}

const quiet = (): void => undefined;
const bench = await openBench((jobDirectory) => Promise.resolve(new BubblewrapBackend({ jobDirectory, log: quiet })));
const lacks = await bench.backend.check();
await bench.close();
const skip = lacks.length === 0 ? false : `no sandbox on this machine: ${lacks.join()}`;

/** Everybody may go to the repository: where it lies in a closed home, a plain user's test is not possible. */
function openToAll(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === '/') return true;
  }
}

const users = isRoot ? [undefined, ...(openToAll(root) ? [plainUid] : [])] : [undefined];
for (const uid of users) {
  const as = uid === undefined ? {} : { uid };
  describe(`a sandbox started by ${uid === undefined ? 'this user' : 'a plain user'}`, { skip }, () => {
    test('has what an agent needs and nothing of the host', async () => {
      const plan: LauncherPlan = {
        backend: 'local',
        command: [join(fixtures, 'inside.mjs')],
        cwd: fixtures,
        mounts: [readOnly(fixtures), readOnly(join(root, 'node_modules'))],
      };
      const { exit } = await runs(plan, as);
      assert.deepEqual([exit['reason'], exit['exitCode']], ['exit', 0], String(exit['stderr']));
      const found = JSON.parse(String(exit['stderr'])) as Record<string, unknown>;
      assert.equal(found['cwd'], fixtures);
      assert.equal(found['uid'], 1000);
      assert.equal(found['environ1'], '', 'the environment of process 1 is empty');
      assert.ok(!String(found['cmdline1']).includes('mesh'), 'no argument of the sandbox is in its command line');
      assert.equal(found['pids'], 2);
      assert.equal(found['seccomp'], '2');
      assert.deepEqual([found['capabilities'], found['capabilityBound']], ['0'.repeat(16), '0'.repeat(16)]);
      assert.deepEqual([found['openFiles'], found['hostFiles']], [[], []]);
      assert.equal(found['temporary'], 'done');
      assert.equal(found['shared'], 42, 'threads share WebAssembly memory and wake each other');
      const loopback = found['loopback'] as { listener: string; answer: string };
      assert.equal(loopback.answer, 'there and back');
      const writes = Object.entries(found['writes'] as Record<string, string>).filter(
        ([path]) => !path.startsWith('/dev/shm'),
      );
      for (const [path, answer] of writes) assert.match(answer, /^(EROFS|EACCES|ENOENT)$/, path);
    });

    test('is refused what the filter refuses, by the kernel itself', { skip: process.arch !== 'x64' }, async () => {
      const plan: LauncherPlan = {
        backend: 'local',
        command: [join(fixtures, 'probes.mjs')],
        cwd: fixtures,
        mounts: [readOnly(fixtures), readOnly(join(root, 'node_modules'))],
      };
      const { exit } = await runs(plan, as);
      const { answers, families } = JSON.parse(String(exit['stderr'])) as {
        answers: Record<string, unknown>;
        families: number[];
      };
      const notPermitted = Object.fromEntries(Object.keys(answers).map((name) => [name, 1]));
      assert.deepEqual(answers, notPermitted);
      assert.deepEqual(families, [1, 2, 10]);
    });
  });
}

describe('a sandbox', { skip }, () => {
  let host: Bench;
  let server: ReturnType<typeof createServer>;
  const logs: string[] = [];
  before(async () => {
    host = await openBench(
      (jobDirectory): Promise<Backend> =>
        Promise.resolve(new BubblewrapBackend({ jobDirectory, log: (line) => logs.push(line) })),
    );
    server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    server.close();
    await host.close();
  });

  test('reaches neither a port of the host nor an abstract socket nor another job’s directory', async () => {
    const other = await openBench((jobDirectory) =>
      Promise.resolve(new BubblewrapBackend({ jobDirectory, log: quiet })),
    );
    const abstract = createServer((socket) => socket.destroy());
    const name = `\0tsmpi-test-${String(process.pid)}`;
    await new Promise<void>((resolve) => abstract.listen(name, resolve));
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const targets = [
      { port: address.port, host: '127.0.0.1' },
      { path: name },
      { path: join(other.jobDirectory.meshDirectory, '0.sock') },
    ];
    const script = `for (const target of ${JSON.stringify(targets)}) require("net").connect(target).on("connect", () => console.log("connected")).on("error", (error) => console.log(error.code))`;
    const { text } = await host.run(script);
    abstract.close();
    await other.close();
    assert.deepEqual(text.trim().split('\n').sort(), ['ECONNREFUSED', 'ECONNREFUSED', 'ENOENT']);
  });

  test('runs as the job’s user also when the request names directories of the job', async () => {
    const { user, meshDirectory } = host.jobDirectory;
    const mounts = [host.project, meshDirectory].map((path) => ({
      ...readOnly(path),
      writable: path === meshDirectory,
    }));
    const file = join(meshDirectory, 'mine');
    await host.run(`require("fs").writeFileSync("${file}", "x")`, { mounts });
    assert.equal(statSync(file).uid, user?.uid ?? process.getuid?.());
    assert.deepEqual(logs, []);
  });

  test('sees neither the processes of the host nor a way to signal them', async () => {
    const script = `try { process.kill(${String(process.pid)}, 0); console.log("reached") } catch (error) { console.log(error.code) }`;
    assert.equal((await host.run(script)).text.trim(), 'ESRCH');
  });

  test('fills neither its /tmp nor its /dev/shm beyond their size', async () => {
    const fill = (path: string): string =>
      `try { for (let i = 0; i < 100; i++) require("fs").appendFileSync("${path}/fill", Buffer.alloc(1e6)); console.log("filled") } catch (error) { console.log(error.code) }`;
    assert.equal((await host.run(`${fill('/tmp')}; ${fill('/dev/shm')}`)).text.trim(), 'ENOSPC\nENOSPC');
  });

  test('is held to its number of processes, where a control group can', async (context) => {
    const script =
      'let count = 0; const next = () => { const child = require("child_process").spawn(process.execPath, ["-e", "setInterval(()=>{},1e3)"]); child.on("error", (error) => { console.log(error.code, count < 64); process.exit(0) }); if (child.pid) { count++; setImmediate(next) } }; next()';
    if (!(await hasProcessGroups(host))) {
      context.skip('the pids control group cannot be written');
      return;
    }
    const { text } = await host.run(script, { limits: { processes: 64 } });
    assert.match(text, /EAGAIN true|pthread_create|Resource temporarily unavailable/);
  });

  test('dies whole: what it forked is gone when it is reported as ended', async () => {
    const marker = `forked-${String(process.pid)}`;
    const script = `require("child_process").spawn(process.execPath, ["-e", "setInterval(()=>{},1e3)", "${marker}"], { detached: true, stdio: "ignore" }).unref(); setTimeout(() => process.exit(3), 100)`;
    assert.equal((await host.run(script)).exit.exitCode, 3);
    const { readdirSync, readFileSync } = await import('node:fs');
    const alive = readdirSync('/proc').filter((pid) => {
      try {
        return (
          /^\d+$/.test(pid) &&
          Number(pid) !== process.pid &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`\0${marker}\0`)
        );
      } catch {
        return false;
      }
    });
    assert.deepEqual(alive, []);
  });

  test('refuses to cover its own system directories with a mount', async () => {
    for (const target of ['/', '/proc', '/dev']) {
      const request = host.request('0', { mounts: [{ source: host.project, target, writable: false }] });
      await assert.rejects(host.backend.start(request), /nothing can be mounted at/);
    }
  });
});

async function hasProcessGroups({ jobDirectory }: Bench): Promise<boolean> {
  const { JobControlGroups } = await import('../../launcher/backends/control-group.ts');
  const groups = JobControlGroups.open(`${jobDirectory.id}-x`, (path) => jobDirectory.claim({ kind: 'cgroup', path }));
  const has = groups?.has('pids') === true;
  groups?.close();
  return has;
}

describe('root as launcher', { skip: isRoot ? skip : 'this user is not root' }, () => {
  let home: string;
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'home-'));
    chmodSync(home, 0o700);
  });
  after(() => rmSync(home, { recursive: true }));

  test('serves a project below a 0700 home, its node_modules included, from a user of the job’s own', async () => {
    const project = join(home, 'project');
    mkdirSync(join(project, 'node_modules/neighbour'), { recursive: true, mode: 0o755 });
    writeFileSync(join(project, 'node_modules/neighbour/index.js'), 'module.exports = "imported"');
    writeFileSync(join(project, 'data.txt'), 'some data');
    const script =
      'console.log(require("fs").readFileSync("data.txt", "utf8"), require("neighbour"), require("fs").readFileSync("/proc/self/uid_map", "utf8"))';
    const { exit, user } = await runs({
      backend: 'local',
      command: ['-e', script],
      cwd: project,
      mounts: [readOnly(project)],
    });
    assert.match(String(exit['stderr']), /^some data imported/);
    assert.notEqual((user as { uid: number }).uid, 0);
  });

  test('serves a working directory that is itself closed, and changes nothing about it', async () => {
    const project = join(home, 'closed');
    mkdirSync(project, { mode: 0o700 });
    writeFileSync(join(project, 'data.txt'), 'closed data');
    const script = 'console.log(process.cwd(), require("fs").readFileSync("data.txt", "utf8"))';
    const { exit } = await runs({
      backend: 'local',
      command: ['-e', script],
      cwd: project,
      mounts: [readOnly(project)],
    });
    assert.equal(String(exit['stderr']).trim(), `${project} closed data`);
    assert.equal(statSync(project).mode & 0o777, 0o700);
  });

  test('serves a package whose files alone are mounted from below a 0700 home', async () => {
    const project = join(home, 'vendored');
    mkdirSync(project, { mode: 0o755 });
    cpSync(join(root, 'node_modules/ws'), join(project, 'node_modules/ws'), { recursive: true });
    const script = 'console.log(typeof require("ws").WebSocketServer)';
    const { exit } = await runs({
      backend: 'local',
      command: ['-e', script],
      cwd: project,
      mounts: [readOnly(join(project, 'node_modules')), readOnly(project)],
    });
    assert.equal(String(exit['stderr']).trim(), 'function');
  });

  test('lets a directory of another user be written as that user, without a word', async () => {
    const project = mkdtempSync(join(tmpdir(), 'theirs-'));
    const { chownSync } = await import('node:fs');
    chownSync(project, plainUid, plainUid);
    const mounts = [{ source: project, target: project, writable: true }];
    const { logs } = await runs({
      backend: 'local',
      command: ['-e', 'require("fs").writeFileSync("out.txt", "x")'],
      cwd: project,
      mounts,
    });
    assert.equal(statSync(join(project, 'out.txt')).uid, plainUid);
    assert.deepEqual(logs, []);
    rmSync(project, { recursive: true });
  });

  test('says so in one line when a writable directory is root’s, the only case where a sandbox is root outside', async () => {
    const project = join(home, 'mine');
    mkdirSync(project, { mode: 0o700 });
    const mounts = [{ source: project, target: project, writable: true }];
    const { logs } = await runs({
      backend: 'local',
      command: ['-e', 'require("fs").writeFileSync("out.txt", "x")'],
      cwd: project,
      mounts,
    });
    assert.equal(statSync(join(project, 'out.txt')).uid, 0);
    assert.equal(logs.length, 1);
    assert.match(String(logs[0]?.['line']), /run as root/);
  });
});
