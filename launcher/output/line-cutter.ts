/**
 * Lines of one stream as strings, for programs that read a job's output.
 */
import { LineBuffer, type LineRecord } from './line-buffer.ts';

/**
 * One rank's one stream. Bytes that are not UTF-8 become U+FFFD. A line longer than `lineBytesMax` comes in several
 * pieces.
 */
export class LineCutter {
  readonly #buffer = new LineBuffer();

  /** The lines that `bytes` ended, without their newlines. `bytes` belong to the cutter. */
  push(bytes: Uint8Array): string[] {
    return this.#buffer.push(bytes).flatMap(linesOf);
  }

  /** The last line, when it had no newline. */
  end(): string[] {
    return this.#buffer.end().flatMap(linesOf);
  }
}

/** The lines of a record, without newlines (and without the carriage return of a CRLF). */
export function linesOf({ bytes, isWhole }: LineRecord): string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const lines = text.split('\n');
  if (isWhole) lines.pop();
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}
