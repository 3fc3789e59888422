import assert from 'node:assert/strict';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isRoot, plainUid, readOnly, root, runs, skipWithoutSandbox } from './fixtures/sandbox-run.ts';

const skip = await skipWithoutSandbox();

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
