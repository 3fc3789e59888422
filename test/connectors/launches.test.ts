/** Jobs with connectors that a program launches, and ranks that a job spawns. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPrivateNetwork } from '../harness/private-network.ts';
import { privateService } from '../harness/private-service.ts';
import { runCommand } from '../harness/run-tsmpirun.ts';

const greeter = privateService((socket) => {
  socket.end('hello');
});

const files = {
  'program.mjs': `
    import { createMesh, launch } from 'tsmpi/launcher';
    const connectors = ['greeter'];
    async function told(job) {
      for await (const { rank, line } of job.output) console.log(rank, line);
      return (await job.done).exitCode;
    }
    const alone = launch('job.mjs', { ranks: 1, connectors });
    const mesh = await createMesh();
    const [one, two] = [mesh.launch('job.mjs', { ranks: 2, connectors, name: 'allowed' }), alone];
    console.log('codes', await told(await one), await told(await two));
    await mesh[Symbol.asyncDispose]();
    await launch('job.mjs', { ranks: 1, connectors: ['DB'] }).catch(({ code }) => console.log(code));
    await launch('job.mjs', { ranks: 1, connectors: ['other'] }).catch(({ code }) => console.log(code));
  `,
  'job.mjs': `
    import { connect } from 'tsmpi/connectors';
    let text = '';
    const stream = await connect('greeter');
    stream.end();
    for await (const piece of stream) text += piece;
    console.log(text);
  `,
  'parent.mjs': `
    import { world } from 'tsmpi';
    const children = await world.spawn('job.mjs', { ranks: 2 });
    await children.disconnect();
  `,
  'computes.mjs': `
    import { connect } from 'tsmpi/connectors';
    const stream = await connect('greeter');
    // Longer than an agent may be silent, times what a gateway waits for: nobody takes this rank for dead.
    for (const end = Date.now() + 3000; Date.now() < end; );
    stream.end();
    let text = '';
    for await (const piece of stream) text += piece;
    console.log(text);
  `,
};

test('jobs of one program share its gateway, by the names that they have', () =>
  withPrivateNetwork(
    {
      resources: { greeter: { kind: 'tcp', target: greeter.target } },
      grants: { greeter: { agent: 'dc1', jobs: ['allowed', 'job'] } },
      files,
    },
    async (network) => {
      await network.agent();
      const result = await runCommand(process.execPath, ['program.mjs'], { cwd: network.directory, env: network.env });
      assert.equal(result.code, 0, result.stdout + result.stderr);
      const lines = result.stdout.trim().split('\n').sort();
      assert.deepEqual(lines, ['0 hello', '0 hello', '1 hello', 'ERR_ARGUMENT', 'ERR_DENIED', 'codes 0 0']);
    },
  ));

test('spawned ranks use what their job may use, and a rank that computes keeps its stream', () =>
  withPrivateNetwork({ resources: { greeter: { kind: 'tcp', target: greeter.target } }, files }, async (network) => {
    await network.agent();
    const parent = await network.run(['-n', '2', '--connector', 'greeter', 'parent.mjs']);
    assert.equal(parent.code, 0, parent.stderr);
    assert.equal(parent.stdout.match(/hello/gu)?.length, 2, parent.stdout);
    const ranks = network.audit().filter(({ event }) => event === 'allow');
    assert.deepEqual(ranks.map(({ rank }) => rank).sort(), [2, 3]);
    const computes = await network.run(['--connector', 'greeter', 'computes.mjs']);
    assert.equal(computes.code, 0, computes.stderr);
    assert.equal(computes.stdout, 'hello\n');
  }));
