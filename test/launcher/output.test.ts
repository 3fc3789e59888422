import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createOutput } from '../../launcher/output/create-output.ts';
import { LineCutter } from '../../launcher/output/line-cutter.ts';
import type { OutputOptions, OutputSink } from '../../launcher/output/output-sink.ts';
import { harmless } from '../../launcher/output/terminal.ts';
import { heldOutputBytesMax, lineBytesMax, waitingOutputBytesMax } from '../../runtime/core/limits.ts';
import { runCommand } from '../harness/run-tsmpirun.ts';

/** A stream that keeps what it gets; `hold` makes it take nothing more until `release`. */
class Collected extends Writable {
  readonly #chunks: Buffer[] = [];
  #held: (() => void)[] | undefined;

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const take of held) take();
  }

  override _write(chunk: Buffer, _encoding: string, taken: () => void): void {
    const take = (): void => {
      this.#chunks.push(chunk);
      taken();
    };
    if (this.#held === undefined) take();
    else this.#held.push(take);
  }
}

interface Made {
  readonly sink: OutputSink;
  readonly stdout: Collected;
  readonly stderr: Collected;
  readonly broken: string[];
}

function make(options: Partial<OutputOptions> = {}): Made {
  const stdout = new Collected();
  const stderr = new Collected();
  const broken: string[] = [];
  const sink = createOutput({
    mode: 'plain',
    ranks: 4,
    stdout,
    stderr,
    isOneFile: false,
    sanitize: { stdout: false, stderr: false },
    verbosity: 'normal',
    progress: false,
    timeline: false,
    broken: (detail) => broken.push(detail),
    ...options,
  });
  return { sink, stdout, stderr, broken };
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text);
}

async function withDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'output-of-test-'));
  try {
    await body(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe('lines', () => {
  test('of several ranks never mix, however their bytes come', async () => {
    const line = fc.record({ rank: fc.nat(3), stream: fc.constantFrom(1, 2), text: fc.string({ unit: 'grapheme' }) });
    const property = fc.asyncProperty(
      fc.array(line),
      fc.array(fc.integer({ min: 1, max: 7 })),
      async (lines, sizes) => {
        const { sink, stdout, stderr } = make();
        const clean = lines.map(({ text, ...where }) => ({ ...where, text: text.replaceAll('\n', '¶') }));
        const bytes = [0, 1, 2, 3].flatMap((rank) =>
          ([1, 2] as const).map((stream) => {
            const own = clean.filter((one) => one.rank === rank && one.stream === stream);
            return { rank, stream, rest: bytesOf(own.map(({ text }) => `${String(rank)}${text}\n`).join('')) };
          }),
        );
        for (let turn = 0; bytes.some(({ rest }) => rest.byteLength > 0); turn++) {
          const size = sizes[turn % Math.max(1, sizes.length)] ?? 3;
          for (const piece of bytes) {
            void sink.output(piece.rank, piece.stream, piece.rest.slice(0, size));
            piece.rest = piece.rest.slice(size);
          }
        }
        await sink.close();
        for (const rank of [0, 1, 2, 3]) {
          for (const [stream, collected] of [
            [1, stdout],
            [2, stderr],
          ] as const) {
            const own = clean.filter((one) => one.rank === rank && one.stream === stream).map(({ text }) => text);
            const got = collected.lines.filter((one) => one.startsWith(String(rank))).map((one) => one.slice(1));
            assert.deepEqual(got, own);
          }
        }
        assert.equal(stdout.lines.length + stderr.lines.length, clean.length);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  test('without an end wait for it, or for the end of their rank, which then gets a newline', async () => {
    const { sink, stdout } = make();
    void sink.output(0, 1, bytesOf('zero'));
    void sink.output(1, 1, bytesOf('one\n'));
    void sink.output(0, 1, bytesOf(' again\nrest'));
    sink.outputOver(0);
    void sink.output(1, 1, bytesOf('two\n'));
    await sink.close();
    assert.equal(stdout.text, 'one\nzero again\nrest\ntwo\n');
  });

  test('of the only rank pass as they come, byte for byte', async () => {
    const { sink, stdout, stderr } = make({ ranks: 1 });
    void sink.output(0, 1, bytesOf('Name? '));
    void sink.output(0, 2, Uint8Array.of(0xff, 0x00));
    sink.outputOver(0);
    await sink.close();
    assert.deepEqual([stdout.text, stderr.text], ['Name? ', Buffer.of(0xff, 0x00).toString()]);
  });

  test('get their tag, each of them, and nothing else changes', async () => {
    const { sink, stdout, stderr } = make({ mode: 'tagged' });
    void sink.output(2, 1, bytesOf('a\n\nb\r\nc'));
    void sink.output(3, 2, bytesOf('grüße\n'));
    sink.outputOver(2);
    await sink.close();
    assert.equal(stdout.text, '[2] a\n[2] \n[2] b\r\n[2] c\n');
    assert.equal(stderr.text, '[3] grüße\n');
  });

  test('that are too long are cut between characters', async () => {
    const { sink, stdout } = make();
    const characters = 'ä'.repeat(16 * 1024);
    const pieces = Math.ceil((1.5 * lineBytesMax) / Buffer.byteLength(characters));
    const text = `x${characters.repeat(pieces)}`;
    const bytes = bytesOf(text);
    for (let at = 0; at < bytes.byteLength; at += 9_999) void sink.output(0, 1, bytes.slice(at, at + 9_999));
    void sink.output(0, 1, bytesOf('\n'));
    await sink.close();
    assert.equal(stdout.lines.length, 2);
    assert.equal(stdout.lines.join(''), text);
  });

  test('that never end cannot fill the memory, from however many ranks', async () => {
    const ranks = 64;
    const { sink, stdout } = make({ ranks });
    const bytes = new Uint8Array(lineBytesMax - 1).fill(120);
    for (let rank = 0; rank < ranks; rank++) await sink.output(rank, 1, bytes);
    assert.ok(ranks * bytes.byteLength - stdout.text.length <= heldOutputBytesMax + waitingOutputBytesMax);
    for (let rank = 0; rank < ranks; rank++) sink.outputOver(rank);
    await sink.close();
    assert.equal(stdout.lines.join('').length, ranks * bytes.byteLength);
  });

  test('as strings are whole, decoded, and the last one needs no newline', () => {
    const cutter = new LineCutter();
    const bytes = bytesOf('größe\r\nzwei\n\ndrei');
    const lines = [...bytes].flatMap((byte) => cutter.push(Uint8Array.of(byte)));
    assert.deepEqual([...lines, ...cutter.end(), ...cutter.end()], ['größe', 'zwei', '', 'drei']);
  });
});

describe('a slow reader', () => {
  test('holds the ranks back, and loses nothing', async () => {
    const { sink, stdout } = make();
    stdout.hold();
    const line = bytesOf(`${'x'.repeat(1023)}\n`);
    let count = 0;
    let full: void | Promise<void> = undefined;
    while (full === undefined) {
      full = sink.output(count % 4, 1, line);
      count++;
      assert.ok(count * line.byteLength <= waitingOutputBytesMax + line.byteLength, 'nobody was held back');
    }
    let isResumed = false;
    const resumed = full.then(() => {
      isResumed = true;
    });
    await new Promise(setImmediate);
    assert.equal(isResumed, false);
    stdout.release();
    await resumed;
    await sink.close();
    assert.equal(stdout.lines.length, count);
  });

  test('that closes the pipe ends the job once, and holds nobody', async () => {
    const { sink, stdout, stderr, broken } = make();
    stdout.hold();
    const full = sink.output(0, 1, new Uint8Array(2 * waitingOutputBytesMax).fill(10));
    stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await full;
    await sink.output(0, 1, bytesOf('dropped\n'));
    void sink.output(0, 2, bytesOf('still heard\n'));
    sink.event({ type: 'cause', cause: { kind: 'output', detail: 'EPIPE' }, lines: ['tsmpirun: nobody reads'] });
    await sink.close();
    assert.deepEqual(broken, ['EPIPE']);
    assert.equal(stderr.text, 'still heard\n');
  });

  test('of one stream does not hold back the other, unless both are one file', async () => {
    for (const isOneFile of [false, true]) {
      const { sink, stdout, stderr } = make({ isOneFile });
      stdout.hold();
      void sink.output(0, 1, bytesOf('waits\n'));
      await new Promise(setImmediate);
      void sink.output(0, 2, bytesOf('passes\n'));
      await new Promise(setImmediate);
      assert.equal(stderr.text, isOneFile ? '' : 'passes\n');
      stdout.release();
      await sink.close();
      assert.deepEqual([stdout.text, stderr.text], ['waits\n', 'passes\n']);
    }
  });
});

describe('a terminal', () => {
  test('gets colours, but nothing that moves its cursor, sets its title or rings', () => {
    const shown = (text: string): string => Buffer.from(harmless(bytesOf(text))).toString();
    assert.equal(shown('plain ä\tб 語\r\n'), 'plain ä\tб 語\r\n');
    assert.equal(shown('\u001b[2J\u001b]0;title\u0007'), '^[[2J^[]0;title^G');
    assert.equal(shown('\u009b2J\u007f\u0000'), '\\x9b2J^?^@');
    assert.equal(shown('over\rwritten'), 'over^Mwritten');
    assert.equal(shown('\u001b[31mred\n'), '\u001b[31mred\u001b[0m\n');
  });

  test('gets from the only rank carriage returns and sequences that come in pieces', async () => {
    const { sink, stdout } = make({ ranks: 1, sanitize: { stdout: true, stderr: true } });
    for (const byte of bytesOf('10 %\r20 %\u001b[1mä\u001b[0m\u001b[2J\u009b\u001b['))
      void sink.output(0, 1, Uint8Array.of(byte));
    sink.outputOver(0);
    await sink.close();
    assert.equal(stdout.text, '10 %\r20 %\u001b[1mä\u001b[0m^[[2J\\x9b^[[');
  });

  test('shows progress on one line, gone before anything else is printed', async () => {
    const { sink, stdout, stderr } = make({ progress: true });
    sink.event({ type: 'progress', joined: 1, connected: 0, sandboxes: 2 });
    sink.event({ type: 'progress', joined: 2, connected: 1, sandboxes: 2 });
    sink.event({ type: 'started', id: 'j', ranks: 2, sandboxes: 2 });
    void sink.output(0, 1, bytesOf('out\n'));
    await sink.close();
    const clear = '\r\u001b[K';
    const lines = ['tsmpirun: starting: 1 of 2 sandboxes', 'tsmpirun: connecting: 1 of 2 sandboxes'];
    assert.equal(stderr.text, `${clear}${lines.join(clear)}${clear}`);
    assert.equal(stdout.text, 'out\n');
  });
});

describe("the launcher's own words", () => {
  const tell = (sink: OutputSink): void => {
    sink.event({ type: 'notice', text: 'weaker' });
    sink.event({ type: 'started', id: 'j1', ranks: 2, sandboxes: 1 });
    sink.event({ type: 'diagnostic', sandbox: 0, line: 'agent says' });
    sink.event({ type: 'rank', exit: { rank: 1, reason: 'exit', exitCode: 3, signal: null }, name: '1' });
    sink.event({ type: 'cause', cause: { kind: 'timeout', timeoutMs: 5 }, lines: ['tsmpirun: why'] });
    sink.event({ type: 'closing', lines: ['tsmpirun: end'] });
    sink.event({ type: 'timeline', entries: [{ phase: 'bundled', atMs: 1 }], lines: ['1 ms bundled'] });
    sink.event({ type: 'ended', exitCode: 124 });
  };
  const said = async (options: Partial<OutputOptions>): Promise<string[]> => {
    const { sink, stdout, stderr } = make(options);
    tell(sink);
    await sink.close();
    assert.equal(stdout.text, '');
    return stderr.lines;
  };

  test('are few, unless asked for more or less', async () => {
    assert.deepEqual(await said({}), ['tsmpirun: weaker', 'tsmpirun: why', 'tsmpirun: end']);
    assert.deepEqual(await said({ verbosity: 'quiet' }), ['tsmpirun: why']);
    assert.deepEqual(await said({ verbosity: 'quiet', timeline: true }), ['tsmpirun: why', '1 ms bundled']);
    assert.deepEqual(await said({ verbosity: 'verbose' }), [
      'tsmpirun: weaker',
      'tsmpirun: job j1 runs: 2 ranks in 1 sandbox',
      'tsmpirun: sandbox 0: agent says',
      'tsmpirun: rank 1 ended: exit code 3',
      'tsmpirun: why',
      'tsmpirun: end',
      'tsmpirun: the job is over, exit code 124',
    ]);
  });

  test('are events with --json, each of which docs/JSON.md describes', async () => {
    const { sink, stdout, stderr } = make({ mode: 'json', verbosity: 'verbose', timeline: true });
    void sink.output(1, 2, bytesOf('to\n"stderr"\nhalf'));
    sink.outputOver(1);
    tell(sink);
    const error = Object.assign(new TypeError('bad'), { code: 'ERR_BAD', stack: 'TypeError: bad\n    at job.ts:1:1' });
    sink.event({ type: 'rank', exit: { rank: 0, reason: 'throw', exitCode: 1, signal: null, error }, name: '0' });
    await sink.close();
    assert.equal(stderr.text, '');
    const events = stdout.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(events.slice(0, 3), [
      { event: 'output', rank: 1, stream: 'stderr', line: 'to' },
      { event: 'output', rank: 1, stream: 'stderr', line: '"stderr"' },
      { event: 'output', rank: 1, stream: 'stderr', line: 'half', partial: true },
    ]);
    assert.deepEqual(events.at(-2), {
      event: 'rank',
      rank: 0,
      reason: 'throw',
      exitCode: 1,
      signal: null,
      error: { name: 'TypeError', message: 'bad', stack: 'TypeError: bad\n    at job.ts:1:1', code: 'ERR_BAD' },
    });
    assert.deepEqual(events.at(-1), { event: 'ended', exitCode: 124 });
    const page = await readFile(new URL('../../docs/JSON.md', import.meta.url), 'utf8');
    for (const event of events) {
      const name = String(event['event']);
      const section = page.split(/^## /m).find((part) => part.startsWith(`\`${name}\``));
      assert.ok(section !== undefined, `no section on ${name}`);
      for (const field of Object.keys(event)) assert.ok(section.includes(`\`${field}\``), `${name}.${field}`);
    }
  });
});

describe('output files', () => {
  test('hold what each rank wrote, byte for byte, one for each stream', async () => {
    await withDirectory(async (directory) => {
      const inside = join(directory, 'new', 'logs');
      const { sink, stdout } = make({ ranks: 11, directory: inside });
      void sink.output(10, 1, bytesOf('partial'));
      void sink.output(0, 2, bytesOf('\u001b[2Jerr\n'));
      void sink.output(10, 1, bytesOf(' line\nrest'));
      sink.outputOver(10);
      await sink.close();
      assert.equal(stdout.text, '');
      const names = (await readdir(inside)).sort();
      assert.equal(names.length, 22);
      assert.deepEqual([names[0], names.at(-1)], ['rank-00.stderr', 'rank-10.stdout']);
      assert.equal(await readFile(join(inside, 'rank-10.stdout'), 'utf8'), 'partial line\nrest');
      assert.equal(await readFile(join(inside, 'rank-00.stderr'), 'utf8'), '\u001b[2Jerr\n');
    });
  });

  test('of more ranks than descriptors are all written, and those of an earlier job go', async () => {
    await withDirectory(async (directory) => {
      await writeFile(join(directory, 'rank-9999.stdout'), 'old');
      await writeFile(join(directory, 'mine.txt'), 'kept');
      const ranks = 1500;
      const { sink, broken } = make({ ranks, directory });
      for (const turn of ['a', 'b']) {
        for (let rank = 0; rank < ranks; rank++) void sink.output(rank, 1, bytesOf(turn));
      }
      await sink.close();
      assert.deepEqual(broken, []);
      assert.equal((await readdir(directory)).length, 2 * ranks + 1);
      assert.equal(await readFile(join(directory, 'rank-1499.stdout'), 'utf8'), 'ab');
      assert.equal(await readFile(join(directory, 'rank-0000.stdout'), 'utf8'), 'ab');
    });
  });
});

test('100 000 lines of 32 ranks come through a pipe to a slow reader without loss', async () => {
  const source = new URL('../../launcher/output/create-output.ts', import.meta.url).href;
  const program = `
    const { createOutput } = await import(${JSON.stringify(source)});
    const { stdout, stderr } = process;
    const sink = createOutput({ mode: 'tagged', ranks: 32, stdout, stderr, isOneFile: false, sanitize: { stdout: false, stderr: false },
      verbosity: 'normal', progress: false, timeline: false, broken: () => process.exit(9) });
    await Promise.all(Array.from({ length: 32 }, async (_, rank) => {
      for (let i = 0; i < 3125; i++) await sink.output(rank, 1, Buffer.from('line ' + i + ' of rank ' + rank + '\\n'));
      sink.outputOver(rank);
    }));
    await sink.close();
    process.exit(0);`;
  const command = ['--import', 'tsx', '--input-type=module', '-e', program];
  const { code, stdout, stderr } = await runCommand(process.execPath, command);
  assert.deepEqual([code, stderr], [0, '']);
  const next = new Array<number>(32).fill(0);
  for (const line of stdout.split('\n').slice(0, -1)) {
    const [, tag, i, rank] = /^\[(\d+)\] line (\d+) of rank (\d+)$/.exec(line) ?? [];
    assert.equal(tag, rank, line);
    assert.equal(Number(i), next[Number(rank)], line);
    next[Number(rank)] = Number(i) + 1;
  }
  assert.deepEqual(next, new Array<number>(32).fill(3125));
});
