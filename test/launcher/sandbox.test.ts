import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Backend } from '../../launcher/backends/backend.ts';
import { BubblewrapBackend } from '../../launcher/backends/bubblewrap.ts';
import { JobControlGroups } from '../../launcher/backends/control-group.ts';
import { type Bench, openBench } from '../compliance/backend.ts';
import { isRoot, plainUid, readOnly, root, runs, skipWithoutSandbox } from './fixtures/sandbox-run.ts';
import type { LauncherPlan } from './fixtures/small-launcher.ts';

const fixtures = join(root, 'test/launcher/fixtures');
const skip = await skipWithoutSandbox();
const quiet = (): void => undefined;
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
    if (!hasProcessGroups(host)) {
      context.skip('the pids control group cannot be written');
      return;
    }
    const { text } = await host.run(script, { limits: { processes: 64 } });
    assert.match(text, /EAGAIN true|pthread_create|Resource temporarily unavailable/);
  });

  test('ends the same whether its agent, or bubblewrap around it, is killed, or is stopped first', async () => {
    const victims = ['agent', 'bubblewrap', 'stopped init'].map((victim) => ({
      victim,
      marker: `${victim}-${String(process.pid)}`,
    }));
    for (const { victim, marker } of victims) {
      const command = [process.execPath, '-e', 'console.log("up"); setInterval(() => {}, 1000)', marker];
      const sandbox = await host.backend.start(host.request('', { command }));
      for await (const chunk of sandbox.stderr) if (chunk.byteLength > 0) break;
      const found = processesOf(marker);
      const [bubblewrap, init] = found.filter(({ command: words }) => words[0]?.endsWith('bwrap'));
      const agent = found.find(({ command: words }) => words[0] === process.execPath);
      assert.ok(bubblewrap !== undefined && init !== undefined && agent !== undefined, victim);
      if (victim === 'agent') process.kill(agent.pid, 'SIGKILL');
      else if (victim === 'bubblewrap') process.kill(bubblewrap.pid, 'SIGKILL');
      else {
        process.kill(init.pid, 'SIGSTOP');
        await sandbox.kill();
      }
      assert.deepEqual(await sandbox.exited, { reason: 'signal', exitCode: null, signal: 'SIGKILL' }, victim);
      assert.deepEqual(processesOf(marker), [], victim);
    }
  });

  test('dies whole: what it forked is gone when it is reported as ended', async () => {
    const marker = `forked-${String(process.pid)}`;
    const script = `require("child_process").spawn(process.execPath, ["-e", "setInterval(()=>{},1e3)", "${marker}"], { detached: true, stdio: "ignore" }).unref(); setTimeout(() => process.exit(3), 100)`;
    assert.equal((await host.run(script)).exit.exitCode, 3);
    assert.deepEqual(processesOf(marker), []);
  });

  test('refuses to cover its own system directories with a mount', async () => {
    for (const target of ['/', '/proc', '/dev']) {
      const request = host.request('0', { mounts: [{ source: host.project, target, writable: false }] });
      await assert.rejects(host.backend.start(request), /nothing can be mounted at/);
    }
  });
});

/** Processes that have `marker` as an argument of its own, oldest first. */
function processesOf(marker: string): { pid: number; command: string[] }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
        return command.includes(marker) ? [{ pid: Number(name), command }] : [];
      } catch {
        return []; // It went while we looked.
      }
    })
    .sort((left, right) => left.pid - right.pid);
}

function hasProcessGroups({ jobDirectory }: Bench): boolean {
  const groups = JobControlGroups.open(`${jobDirectory.id}-x`, (path) => jobDirectory.claim({ kind: 'cgroup', path }));
  const has = groups?.has('pids') === true;
  groups?.close();
  return has;
}
