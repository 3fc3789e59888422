/** `npm run demo:warehouse`, as a newcomer runs it, and interrupted. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { countLeftovers } from '../harness/leftovers.ts';
import { noPostgres } from '../harness/postgres-server.ts';
import { noPrivateHost } from '../harness/private-host.ts';
import { runCommand } from '../harness/run-tsmpirun.ts';

const skip = noPrivateHost() ?? noPostgres() ?? false;

/** Namespaces, folders and processes of the demo. */
function parts(): string {
  const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  const ours = processes.split('\n').filter((line) => /warehouse-demo|demo\/object-store/u.test(line));
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith('warehouse-demo-'));
  return [execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }), ...ours, ...folders].join('\n');
}

test('eight ranks read three million flights out of a private network, in two ways that agree', { skip }, async () => {
  const [before, there] = [await countLeftovers({ withinMs: 0 }), parts()];
  const { code, stdout, stderr } = await runCommand('npm', ['run', '--silent', 'demo:warehouse'], {
    timeoutMs: 240_000,
  });
  assert.equal(code, 0, stdout + stderr);
  assert.match(
    stdout,
    /All three are equal\.\n\norigin {3}flights {2}mean delay {2}mean miles\nORD {7}166341 {7}9\.274 {5}770\.650\n/u,
  );
  assert.equal(parts(), there);
  assert.deepEqual((await countLeftovers({ since: before })).items, []);
});

test('a demo that is stopped while it loads leaves nothing', { skip }, async () => {
  const there = parts();
  let pid = 0;
  const { code, stdout } = await runCommand(process.execPath, ['--import', 'tsx', 'demo/warehouse.ts'], {
    timeoutMs: 120_000,
    onStart: (started) => (pid = started),
    onStdout: (text) => {
      if (text.includes('loads')) process.kill(pid, 'SIGTERM');
    },
  });
  assert.equal(code, 130, stdout);
  assert.match(stdout, /demo: stopped and removed all of it\n$/u);
  assert.equal(parts(), there);
});
