/**
 * Where the ranks' output and the launcher's own words become bytes of a terminal, a file or a pipe.
 *
 * Lines of different ranks never mix: a partial line waits for its end, for the end of its rank, or until it is too
 * long. With one rank there is nothing to mix, and what it prints appears at once.
 */
import type { Writable } from 'node:stream';
import { heldOutputBytesMax } from '../../runtime/core/limits.ts';
import { RankNames } from '../supervise/rank-names.ts';
import type { JobEvent } from '../supervise/result.ts';
import { jobEvent, outputEvent } from './json-events.ts';
import { LineBuffer, type LineRecord } from './line-buffer.ts';
import { linesOf } from './line-cutter.ts';
import { OutputFiles } from './output-files.ts';
import type { OutputOptions, OutputSink, StreamNumber } from './output-sink.ts';
import { StreamWriter } from './stream-writer.ts';
import { HarmlessStream, harmless } from './terminal.ts';
import { isTold, progressWords, wordsFor } from './words.ts';

const newline = Buffer.from('\n');
const clearLine = Buffer.from('\r\x1b[K');

/** Makes the sink of one job. Throws what the system says when `directory` cannot be made. */
export function createOutput(options: OutputOptions): OutputSink {
  return new Output(options);
}

class Output implements OutputSink {
  readonly #options: OutputOptions;
  /** By stream; one and the same when both lead to one file. */
  readonly #writers: ReadonlyMap<Writable, StreamWriter>;
  #files: OutputFiles | undefined;
  /** By rank × 2 + (stream − 1), made when first written to. */
  readonly #buffers = new Map<number, LineBuffer>();
  readonly #passing = new Map<number, HarmlessStream>();
  readonly #names = new RankNames();
  #isAlone: boolean;
  #heldBytes = 0;
  #progressShown = '';
  #isPipeClosed = false;
  #lastLine: string | undefined;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#isAlone = options.ranks === 1;
    if (options.directory !== undefined) this.#files = new OutputFiles(options.directory, options.ranks);
    const { stdout, stderr, isOneFile } = options;
    const broken = (detail: string, stream: Writable): void => {
      // `tsmpirun … | head` has what it wanted: it needs no words about it.
      if (stream === stdout && detail === 'EPIPE') this.#isPipeClosed = true;
      if (stream === stdout) options.broken(detail);
    };
    const first = new StreamWriter(isOneFile ? [stdout, stderr] : [stdout], broken);
    this.#writers = new Map([
      [stdout, first],
      [stderr, isOneFile ? first : new StreamWriter([stderr], broken)],
    ]);
  }

  output(rank: number, stream: StreamNumber, bytes: Uint8Array): void | Promise<void> {
    if (this.#options.directory !== undefined) {
      this.#toFile(rank, stream, bytes);
      return;
    }
    const { mode } = this.#options;
    if (this.#isAlone && mode === 'plain') return this.#pass(rank, stream, bytes);
    const buffer = this.#buffer(rank, stream);
    const before = buffer.heldBytes;
    const records = buffer.push(bytes);
    this.#heldBytes += buffer.heldBytes - before;
    if (this.#heldBytes > heldOutputBytesMax) {
      const heldBytes = buffer.heldBytes;
      records.push(...buffer.cut());
      this.#heldBytes += buffer.heldBytes - heldBytes;
    }
    return this.#writeRecords(rank, stream, records);
  }

  outputOver(rank: number): void {
    for (const stream of [1, 2] as const) {
      const key = keyOf(rank, stream);
      const buffer = this.#buffers.get(key);
      if (buffer !== undefined) {
        this.#heldBytes -= buffer.heldBytes;
        void this.#writeRecords(rank, stream, buffer.end());
      }
      const rest = this.#passing.get(key)?.end();
      if (rest !== undefined) void this.#write(this.#streamOf(stream), rest);
      this.#buffers.delete(key);
      this.#passing.delete(key);
    }
  }

  event(event: JobEvent): void {
    const { mode, verbosity, timeline } = this.#options;
    if (event.type === 'spawned') {
      this.#names.add(event.spawn, event.firstRank);
      this.#isAlone = false;
    }
    if (event.type === 'started' || event.type === 'cause' || event.type === 'ended') this.#clearProgress();
    if (mode === 'json') {
      const isDetail = event.type === 'diagnostic' || event.type === 'timeline' || event.type === 'notice';
      if (isDetail && !isTold(event, verbosity, timeline)) return;
      const line = jobEvent(event);
      // Promised to be the last line; the timeline is known a little later.
      if (event.type === 'ended') this.#lastLine = line;
      else if (line !== undefined) void this.#write(this.#options.stdout, Buffer.from(`${line}\n`));
      return;
    }
    if (!isTold(event, verbosity, timeline)) return;
    if (event.type === 'progress') {
      this.#showProgress(progressWords(event));
      return;
    }
    if (this.#isPipeClosed && (event.type === 'cause' || event.type === 'closing')) return;
    const { sanitize, stderr } = this.#options;
    const bytes = Buffer.from(
      wordsFor(event)
        .map((line) => `${line}\n`)
        .join(''),
    );
    void this.#write(stderr, sanitize.stderr ? harmless(bytes) : bytes);
  }

  async close(): Promise<void> {
    this.#clearProgress();
    if (this.#lastLine !== undefined) void this.#write(this.#options.stdout, Buffer.from(`${this.#lastLine}\n`));
    await Promise.all([...this.#writers.values()].map((writer) => writer.flushed()));
    this.#files?.close();
  }

  #toFile(rank: number, stream: StreamNumber, bytes: Uint8Array): void {
    try {
      this.#files?.write(this.#names.of(rank), stream, bytes);
    } catch (error) {
      this.#files?.close();
      this.#files = undefined;
      this.#options.broken(error instanceof Error ? error.message : String(error));
    }
  }

  /** The only rank's output: as it comes. */
  #pass(rank: number, stream: StreamNumber, bytes: Uint8Array): void | Promise<void> {
    if (!this.#isSanitized(stream)) return this.#write(this.#streamOf(stream), bytes);
    const key = keyOf(rank, stream);
    const passing = this.#passing.get(key) ?? new HarmlessStream();
    this.#passing.set(key, passing);
    return this.#write(this.#streamOf(stream), passing.push(bytes));
  }

  #writeRecords(rank: number, stream: StreamNumber, records: readonly LineRecord[]): void | Promise<void> {
    const { mode, stdout } = this.#options;
    let full: void | Promise<void> = undefined;
    for (const record of records) {
      if (mode === 'json') {
        const text = linesOf(record).map((line) => `${outputEvent(rank, stream, line, record.isWhole)}\n`);
        full = this.#write(stdout, Buffer.from(text.join('')));
        continue;
      }
      const shown = this.#isSanitized(stream) ? harmless(record.bytes) : record.bytes;
      const tagged = mode === 'tagged' ? withTags(this.#names.of(rank), shown) : shown;
      full = this.#write(this.#streamOf(stream), tagged);
      // The next record may be another rank's.
      if (!record.isWhole) full = this.#write(this.#streamOf(stream), newline);
    }
    return full;
  }

  #write(stream: Writable, bytes: Uint8Array): void | Promise<void> {
    this.#clearProgress();
    return this.#writers.get(stream)?.write(stream, bytes);
  }

  #showProgress(text: string): void {
    if (!this.#options.progress || text === this.#progressShown) return;
    this.#progressShown = text;
    void this.#writers
      .get(this.#options.stderr)
      ?.write(this.#options.stderr, Buffer.concat([clearLine, Buffer.from(text)]));
  }

  #clearProgress(): void {
    if (this.#progressShown === '') return;
    this.#progressShown = '';
    void this.#writers.get(this.#options.stderr)?.write(this.#options.stderr, clearLine);
  }

  #buffer(rank: number, stream: StreamNumber): LineBuffer {
    const key = keyOf(rank, stream);
    const buffer = this.#buffers.get(key) ?? new LineBuffer();
    this.#buffers.set(key, buffer);
    return buffer;
  }

  #streamOf(stream: StreamNumber): Writable {
    return stream === 1 ? this.#options.stdout : this.#options.stderr;
  }

  #isSanitized(stream: StreamNumber): boolean {
    const { sanitize } = this.#options;
    return stream === 1 ? sanitize.stdout : sanitize.stderr;
  }
}

function keyOf(rank: number, stream: StreamNumber): number {
  return rank * 2 + (stream - 1);
}

/** Each line with its tag. The bytes are not decoded: they may be anything. */
function withTags(name: string, bytes: Uint8Array): Uint8Array {
  const tag = `[${name}] `;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const isEnded = text.endsWith('\n');
  const lines = (isEnded ? text.slice(0, -1) : text).replaceAll('\n', `\n${tag}`);
  return Buffer.from(`${tag}${lines}${isEnded ? '\n' : ''}`, 'latin1');
}
