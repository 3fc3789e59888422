/**
 * One file for each rank and stream, as the ranks wrote them: nothing is tagged, cut or made harmless.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, unlinkSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Files open at once, below the usual limit of 1024 for a process. */
const openFilesMax = 256;

/**
 * Names are `rank-R.stdout` and `rank-R.stderr`, with as many digits as the last rank has; for rank R of spawn S
 * `spawn-S-rank-R.stdout`, made when it first prints.
 */
export class OutputFiles {
  readonly #directory: string;
  readonly #ranks: number;
  /** Descriptors by path; the least recently opened first. */
  readonly #open = new Map<string, number>();

  /**
   * Makes the folder and an empty file for each rank and stream; files of an earlier job go. Throws what the system
   * says.
   */
  constructor(directory: string, ranks: number) {
    this.#directory = directory;
    this.#ranks = ranks;
    makeFolders(directory);
    for (const name of readdirSync(directory)) {
      if (/^(?:spawn-\d+-)?rank-\d+\.std(?:out|err)$/.test(name)) unlinkSync(join(directory, name));
    }
    for (let rank = 0; rank < ranks; rank++) {
      for (const stream of [1, 2] as const) closeSync(openSync(this.#path(String(rank), stream), 'wx'));
    }
  }

  /** Appends, at once, for the rank of that name (see `RankNames`). Throws what the system says. */
  write(name: string, stream: 1 | 2, bytes: Uint8Array): void {
    const descriptor = this.#descriptor(this.#path(name, stream));
    for (let at = 0; at < bytes.byteLength; ) at += writeSync(descriptor, bytes, at);
  }

  close(): void {
    for (const descriptor of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
  }

  #descriptor(path: string): number {
    const found = this.#open.get(path);
    if (found !== undefined) return found;
    const [oldest] = this.#open;
    if (oldest !== undefined && this.#open.size >= openFilesMax) {
      this.#open.delete(oldest[0]);
      closeSync(oldest[1]);
    }
    const descriptor = openSync(path, 'a');
    this.#open.set(path, descriptor);
    return descriptor;
  }

  #path(name: string, stream: 1 | 2): string {
    const [rank = '', spawn] = name.split(':').reverse();
    const digits = String(this.#ranks - 1).length;
    const front = spawn === undefined ? `rank-${rank.padStart(digits, '0')}` : `spawn-${spawn}-rank-${rank}`;
    return join(this.#directory, `${front}.${stream === 1 ? 'stdout' : 'stderr'}`);
  }
}

/** Node's own `recursive` turns for ever where the system answers ENOENT below a folder that exists, as in /proc. */
function makeFolders(directory: string): void {
  if (existsSync(directory)) return;
  makeFolders(dirname(directory));
  mkdirSync(directory);
}
