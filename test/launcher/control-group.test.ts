import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { JobControlGroups } from '../../launcher/backends/control-group.ts';
import { type ControlGroupTree, controlGroupTrees } from '../../launcher/backends/control-group-mounts.ts';

const root = mkdtempSync(join(tmpdir(), 'control-groups-'));
after(() => rmSync(root, { recursive: true }));

/** A directory with the files that a version 2 group has, so that the writes of the code can be read back. */
function pretendGroup(name: string, controllers: string): string {
  const path = join(root, name);
  mkdirSync(path);
  writeFileSync(join(path, 'cgroup.procs'), '');
  writeFileSync(join(path, 'cgroup.subtree_control'), controllers);
  return path;
}

describe('control group trees', () => {
  test('of version 1 have a parent for each controller, the launcher’s own group', () => {
    const own = join(root, 'memory', 'user.slice');
    mkdirSync(own, { recursive: true });
    const mountinfo = [
      `32 31 0:29 / ${root}/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct`,
      `35 31 0:32 / ${root}/memory rw,relatime shared:9 - cgroup cgroup rw,memory`,
      `40 31 0:37 / ${root}/systemd rw,relatime - cgroup cgroup rw,name=systemd`,
    ].join('\n');
    const cgroup = '4:memory:/user.slice\n3:cpu,cpuacct:/\n1:name=systemd:/user.slice\n';
    assert.deepEqual(controlGroupTrees(mountinfo, cgroup), [
      { version: 1, controllers: ['cpu'], parents: [join(root, 'cpu')] },
      { version: 1, controllers: ['memory'], parents: [own] },
    ]);
  });

  test('of version 2 try the own group and then the one above, never above the mount', () => {
    mkdirSync(join(root, 'unified', 'user.slice', 'a.scope'), { recursive: true });
    const mountinfo = `30 23 0:26 / ${root}/unified rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate`;
    const [tree] = controlGroupTrees(mountinfo, '0::/user.slice/a.scope\n');
    assert.deepEqual(tree?.parents, [join(root, 'unified/user.slice/a.scope'), join(root, 'unified/user.slice')]);
    const [top] = controlGroupTrees(mountinfo, '0::/\n');
    assert.deepEqual(top?.parents, [join(root, 'unified')]);
  });

  test('mounted from inside a container, where the own path lies outside, are used from their top', () => {
    const mountinfo = `30 23 0:26 /docker/abc ${root}/unified rw - cgroup2 cgroup rw`;
    const [tree] = controlGroupTrees(mountinfo, '0::/elsewhere\n');
    assert.deepEqual(tree?.parents, [join(root, 'unified')]);
  });
});

describe('groups of a job', () => {
  test('are not made in a directory that is no control group', () => {
    const plain = join(root, 'plain');
    mkdirSync(plain);
    const tree: ControlGroupTree = { version: 1, controllers: ['memory'], parents: [plain, join(root, 'missing')] };
    assert.equal(
      JobControlGroups.open('id', () => assert.fail('claimed'), [tree]),
      null,
    );
  });

  test('of version 2 are claimed at once, and skipped where nothing is delegated', () => {
    const empty = pretendGroup('nothing-delegated', '');
    const claims: string[] = [];
    const tree: ControlGroupTree = { version: 2, controllers: ['memory', 'cpu', 'pids'], parents: [empty] };
    assert.equal(
      JobControlGroups.open('id', (path) => claims.push(path), [tree]),
      null,
    );
    assert.deepEqual(claims, [join(empty, 'tsmpi-id')]);
  });

  test('of this machine bound memory, processor and processes of a sandbox, and go without a trace', async (context) => {
    const claims: string[] = [];
    const groups = JobControlGroups.open('control-group-test', (path) => claims.push(path));
    if (groups === null) {
      context.skip('no control group can be written here');
      return;
    }
    const group = groups.make('one', { memoryMiB: 64, cpus: 0.5, processes: 40 });
    const settings = group.enter
      .map((file) => join(file, '..'))
      .flatMap((path) =>
        ['memory.limit_in_bytes', 'memory.max', 'cpu.cfs_quota_us', 'cpu.max', 'pids.max'].flatMap((name) =>
          existsSync(join(path, name)) && group.limits.size > 0
            ? [`${name} ${readFileSync(join(path, name), 'utf8').trim()}`]
            : [],
        ),
      );
    if (group.limits.has('memory'))
      assert.ok(
        settings.some((line) => /^memory\.\S+ 67108864$/.test(line)),
        settings.join(),
      );
    if (group.limits.has('cpu'))
      assert.ok(
        settings.some((line) => /^cpu\.\S+ 50000/.test(line)),
        settings.join(),
      );
    if (group.limits.has('pids')) assert.ok(settings.includes('pids.max 40'));
    assert.equal(group.outOfMemoryKills(), 0);
    assert.equal(await group.remove(), true);
    groups.close();
    assert.deepEqual(
      claims.filter((path) => existsSync(path)),
      [],
    );
  });
});
