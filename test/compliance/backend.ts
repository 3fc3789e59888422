/**
 * What every backend must do, as a suite over a factory.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Backend, Sandbox, SandboxExit, SandboxRequest } from '../../launcher/backends/backend.ts';
import { createJobDirectory, type JobDirectory } from '../../launcher/job-directory.ts';

export type BackendFactory = (jobDirectory: JobDirectory) => Promise<Backend>;

export interface Bench {
  readonly jobDirectory: JobDirectory;
  readonly backend: Backend;
  /** A readable directory of the host, the sandbox's working directory. */
  readonly project: string;
  request(script: string, changes?: Partial<SandboxRequest>): SandboxRequest;
  /** Runs `script` by `node -e` to its end. */
  run(script: string, changes?: Partial<SandboxRequest>): Promise<{ exit: SandboxExit; text: string }>;
  close(): Promise<void>;
}

async function textOf(sandbox: Sandbox): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of sandbox.stderr) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

export async function openBench(factory: BackendFactory): Promise<Bench> {
  const jobDirectory = await createJobDirectory();
  const backend = await factory(jobDirectory);
  const project = mkdtempSync(join(tmpdir(), 'backend-'));
  let index = 0;
  const request: Bench['request'] = (script, changes = {}) => ({
    jobId: jobDirectory.id,
    index: index++,
    command: [process.execPath, '-e', script],
    cwd: project,
    bootstrap: new Uint8Array(),
    limits: {},
    mounts: [{ source: project, target: project, writable: false }],
    env: {},
    signal: new AbortController().signal,
    ...changes,
  });
  return {
    jobDirectory,
    backend,
    project,
    request,
    run: async (script, changes) => {
      const sandbox = await backend.start(request(script, changes));
      const [text, exit] = await Promise.all([textOf(sandbox), sandbox.exited]);
      return { exit, text };
    },
    close: async () => {
      await backend[Symbol.asyncDispose]();
      await jobDirectory.dispose();
      rmSync(project, { recursive: true });
    },
  };
}

const forever = 'console.log("up"); setInterval(() => {}, 1000)';

/** Resolves once the sandbox has printed something. */
async function up(sandbox: Sandbox): Promise<void> {
  for await (const chunk of sandbox.stderr) if (chunk.byteLength > 0) return;
}

export function backendCompliance(name: string, factory: BackendFactory): void {
  describe(`the backend ${name}`, () => {
    let bench: Bench;
    before(async () => {
      bench = await openBench(factory);
    });
    after(() => bench.close());

    test('says that it lacks nothing where it starts sandboxes', async () => {
      assert.deepEqual(await bench.backend.check(), []);
    });

    test('gives the bootstrap through descriptor 3, to its last byte, and closes it', async () => {
      const bootstrap = randomBytes(1024 * 1024).toString('hex');
      const script =
        'const text = require("fs").readFileSync(3, "latin1"); console.log(require("crypto").createHash("sha256").update(text).digest("hex"))';
      const { text } = await bench.run(script, { bootstrap: Buffer.from(bootstrap) });
      assert.equal(text.trim(), createHash('sha256').update(bootstrap).digest('hex'));
    });

    test('keeps its own environment out and lets the asked-for one in, whatever its characters', async () => {
      process.env['TSMPI_CANARY'] = 'canary-in-the-launcher';
      const value = 'a b\'"$(id)\n=é';
      const { text } = await bench.run('console.log(JSON.stringify(process.env))', { env: { ODD: value } });
      delete process.env['TSMPI_CANARY'];
      const { PATH, HOME, TMPDIR, PWD, GLIBC_TUNABLES, ODD, ...others } = JSON.parse(text) as Record<string, string>;
      assert.ok(PATH && HOME && TMPDIR);
      assert.ok(PWD === undefined || PWD === bench.project);
      assert.equal(ODD, value);
      assert.deepEqual(others, {});
      // Only what the C library needs for fast copies, on processors that need it.
      assert.match(GLIBC_TUNABLES ?? 'none', /^(none|glibc\.cpu\.x86_rep_movsb_threshold=\d+)$/);
    });

    test('starts in the working directory, readable and not writable', async () => {
      writeFileSync(join(bench.project, 'data.txt'), 'some data');
      const { text } = await bench.run(
        'const fs = require("fs"); let code = "wrote"; try { fs.writeFileSync("data.txt", "x") } catch (error) { code = error.code } console.log(process.cwd(), fs.readFileSync("data.txt", "utf8"), code)',
      );
      assert.match(text, new RegExp(`^${bench.project} some data (EROFS|ERR_ACCESS_DENIED)\\n$`));
    });

    test('lets a writable mount be written', async () => {
      const other = await openBench(factory);
      const { project } = other;
      const { text, exit } = await other.run(
        'require("fs").writeFileSync("result.txt", "written"); console.log(process.cwd())',
        {
          mounts: [{ source: project, target: project, writable: true }],
        },
      );
      assert.deepEqual([exit.exitCode, text.trim()], [0, project]);
      assert.equal(readFileSync(join(project, 'result.txt'), 'utf8'), 'written');
      await other.close();
    });

    test('refuses a mount whose source does not exist, by its name', async () => {
      const missing = join(bench.project, 'nowhere');
      const request = bench.request('0', { mounts: [{ source: missing, target: missing, writable: false }] });
      await assert.rejects(bench.backend.start(request), (error: Error) => error.message.includes(missing));
    });

    test('tells an exit code, a signal and want of memory apart', async () => {
      assert.deepEqual((await bench.run('process.exit(7)')).exit, { reason: 'exit', exitCode: 7, signal: null });
      assert.deepEqual((await bench.run('process.kill(process.pid, "SIGSEGV"); setInterval(() => {}, 1000)')).exit, {
        reason: 'signal',
        exitCode: null,
        signal: 'SIGSEGV',
      });
      const full = 'const all = []; for (;;) all.push(Buffer.alloc(1e6, 1))';
      assert.equal((await bench.run(full, { limits: { memoryMiB: 192 } })).exit.reason, 'out-of-memory');
      const heap = ['--max-old-space-size=40', '-e', 'const all = []; for (;;) all.push([all.length, {}])'];
      const { exit } = await bench.run('', { command: [process.execPath, ...heap] });
      assert.equal(exit.reason, 'out-of-memory');
    });

    test('kills a sandbox at once, and an aborted signal does the same', async () => {
      const controller = new AbortController();
      const [first, second] = await Promise.all([
        bench.backend.start(bench.request(forever)),
        bench.backend.start(bench.request(forever, { signal: controller.signal })),
      ]);
      await Promise.all([up(first), up(second)]);
      controller.abort();
      await first.kill();
      assert.deepEqual(await first.exited, { reason: 'signal', exitCode: null, signal: 'SIGKILL' });
      assert.deepEqual(await second.exited, { reason: 'signal', exitCode: null, signal: 'SIGKILL' });
      await assert.rejects(
        bench.backend.start(bench.request(forever, { signal: controller.signal })),
        /ended before it started/,
      );
    });

    test('gives what a sandbox prints, and never blocks it when nobody reads', async () => {
      const { text } = await bench.run('console.log("out"); console.error("err")');
      assert.equal(text, 'out\nerr\n');
      const sandbox = await bench.backend.start(bench.request('process.stderr.write("x".repeat(5e6))'));
      assert.deepEqual(await sandbox.exited, { reason: 'exit', exitCode: 0, signal: null });
    });

    test('starts many at once', async () => {
      const exits = await Promise.all(Array.from({ length: 12 }, async () => (await bench.run('0')).exit.exitCode));
      assert.deepEqual(new Set(exits), new Set([0]));
    });

    test('ends every sandbox when it is disposed of', async () => {
      const other = await openBench(factory);
      const sandbox = await other.backend.start(other.request(forever));
      await up(sandbox);
      await other.close();
      assert.equal((await sandbox.exited).reason, 'signal');
    });
  });
}
