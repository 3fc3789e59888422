import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BubblewrapBackend } from '../../launcher/backends/bubblewrap.ts';
import { createBackend } from '../../launcher/backends/create-backend.ts';
import { ProcessBackend } from '../../launcher/backends/process.ts';
import { createJobDirectory, type JobDirectory } from '../../launcher/job-directory.ts';
import { backendCompliance } from '../compliance/backend.ts';

function sandboxable(): Promise<boolean> {
  return createJobDirectory().then(async (jobDirectory) => {
    const backend = new BubblewrapBackend({ jobDirectory, log: () => undefined });
    const lacks = await backend.check();
    await backend[Symbol.asyncDispose]();
    await jobDirectory.dispose();
    return lacks.length === 0;
  });
}

const log = (): void => undefined;
if (await sandboxable()) {
  backendCompliance('local', (jobDirectory) => Promise.resolve(new BubblewrapBackend({ jobDirectory, log })));
} else {
  test('the backend local', { skip: 'bubblewrap cannot run on this machine (tsmpi doctor)' }, () => undefined);
}
backendCompliance('process', (jobDirectory) => Promise.resolve(new ProcessBackend({ jobDirectory, log })));

describe('where bubblewrap cannot run', () => {
  let jobDirectory: JobDirectory;
  let directory: string;
  const path = process.env['PATH'];
  before(async () => {
    jobDirectory = await createJobDirectory();
    directory = mkdtempSync(join(tmpdir(), 'path-'));
    symlinkSync(process.execPath, join(directory, 'node'));
    process.env['PATH'] = directory;
  });
  after(async () => {
    process.env['PATH'] = path;
    await jobDirectory.dispose();
    rmSync(directory, { recursive: true });
  });

  test('a PATH without it gives the process backend, and one line with the reason and the remedy', async () => {
    const { backend, notice } = await createBackend('local', { jobDirectory, log });
    await backend[Symbol.asyncDispose]();
    assert.equal(backend.name, 'process');
    assert.match(notice ?? '', /no bwrap in PATH.*install/);
    assert.ok(!notice?.includes('\n'));
  });

  test('a bwrap that the kernel refuses a user namespace gives the same, with its own words', async () => {
    const bubblewrap = join(directory, 'bwrap');
    writeFileSync(
      bubblewrap,
      '#!/bin/sh\n[ "$1" = --help ] && exit 0\necho "bwrap: setting up uid map: Permission denied" >&2\nexit 1\n',
    );
    chmodSync(bubblewrap, 0o755);
    // Where the job's own user can run it too.
    chmodSync(directory, 0o755);
    const { backend, notice } = await createBackend('local', { jobDirectory, log });
    await backend[Symbol.asyncDispose]();
    assert.equal(backend.name, 'process');
    assert.match(notice ?? '', /setting up uid map: Permission denied/);
    assert.ok(!notice?.includes('\n'));
  });

  test('a name that is no backend is refused with those that are', async () => {
    await assert.rejects(createBackend('docker', { jobDirectory, log }), /no backend docker.*local, process/);
  });
});
