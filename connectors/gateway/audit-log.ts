/** What a gateway writes down of each stream. No payload, no secret. */
import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { TsmpiError } from '../../runtime/core/errors.ts';
import { chained, firstHash, linkOf } from './audit-chain.ts';

export interface AuditRecord {
  readonly event: 'allow' | 'deny' | 'close';
  readonly job: string;
  readonly jobId: string;
  /** Null where none is meant, or it is not known. */
  readonly rank: number | null;
  readonly resource: string;
  readonly agent: string | null;
  /** Of its grant. */
  readonly grant: string | null;
  /** Bytes from the rank, and to it. */
  readonly bytesUp?: number;
  readonly bytesDown?: number;
  readonly durationMs?: number;
  readonly reason?: string;
}

export class AuditLog {
  readonly path: string;
  readonly #file: number;
  #previous: string;
  #line: number;
  #fault: string | null = null;

  /** Goes on with a file that is there. Throws ERR_ARGUMENT where it cannot be written, or was changed. */
  constructor(path: string) {
    this.path = path;
    const status = statSync(path, { throwIfNoEntry: false });
    if (status?.isFile() === false) throw unfit(path, 'is no file');
    const checked = status === undefined ? { lines: 0, hash: firstHash } : verifyAudit(readFileSync(path, 'utf8'));
    if (typeof checked === 'string') throw unfit(path, checked);
    [this.#line, this.#previous] = [checked.lines, checked.hash];
    try {
      this.#file = openSync(path, 'a', 0o600);
    } catch (error) {
      throw unfit(path, `cannot be written (${(error as NodeJS.ErrnoException).code ?? '?'})`);
    }
  }

  /** Why nothing more can be written, or null. */
  get fault(): string | null {
    return this.#fault;
  }

  /** At once, in the kernel when it returns. False where it could not be written: then nothing may be opened. */
  write(record: AuditRecord): boolean {
    if (this.#fault !== null) return false;
    const { line, hash } = chained({ line: this.#line + 1, time: new Date().toISOString(), ...record }, this.#previous);
    const bytes = Buffer.from(`${line}\n`);
    try {
      const written = writeSync(this.#file, bytes);
      if (written !== bytes.byteLength) throw new Error('the disk is full');
    } catch (error) {
      // Half a line may be there: the chain ends with it.
      this.#fault = (error as Error).message;
      return false;
    }
    [this.#line, this.#previous] = [this.#line + 1, hash];
    return true;
  }

  close(): void {
    try {
      fsyncSync(this.#file);
    } catch {
      // A pipe, or a device.
    }
    closeSync(this.#file);
  }
}

function unfit(path: string, why: string): TsmpiError {
  const remedy = 'name another file: without one that can be written no stream is opened';
  return new TsmpiError('ERR_ARGUMENT', `${path}: ${why}`, { where: 'audit', remedy });
}

/** How many lines the text has, and the hash of the last; in words, where one is wrong. */
export function verifyAudit(text: string): { readonly lines: number; readonly hash: string } | string {
  let hash = firstHash;
  const lines = text.split('\n');
  if (lines.pop() !== '') return `line ${String(lines.length + 1)} is not whole`;
  for (const [at, line] of lines.entries()) {
    const link = linkOf(line, hash);
    if (typeof link === 'string') return `line ${String(at + 1)} ${link}`;
    hash = link.hash;
  }
  return { lines: lines.length, hash };
}
