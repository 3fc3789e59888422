/**
 * `files`: a folder, read-only, over HTTP/1.1: GET and HEAD of files, with ranges, and a list (JSON) of what a folder
 * holds, or (with `list-type=2`) one of all files below it, as S3 lists a bucket. Nothing outside of it can be read, by
 * no path and no link.
 */
import { constants, realpathSync, statSync } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { badField, textOf } from '../wire/checked-fields.ts';
import { type Entry, listPage } from './folder-list.ts';
import { HttpDoor, say, sendXml } from './http-door.ts';
import type { Target, TargetKind } from './target.ts';

export const filesKind: TargetKind = {
  kind: 'files',
  keys: ['path'],
  parse: (fields, place) => {
    const path = textOf(fields, 'path', place);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw badField(place, `path ${JSON.stringify(path)} is no folder that can be read`);
    }
    return new FilesTarget(realpathSync(path));
  },
};

class FilesTarget implements Target {
  readonly kind = 'files';
  readonly port = 8081;
  readonly #root: string;
  readonly #door = new HttpDoor((request, response) => {
    this.#answer(request, response).catch(() => response.destroy());
  });

  constructor(root: string) {
    this.#root = root;
  }

  connect(): Promise<Duplex> {
    return Promise.resolve(this.#door.connect());
  }

  close(): void {
    // Connections end with their streams.
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const isHead = request.method === 'HEAD';
    if (request.method !== 'GET' && !isHead) {
      say(response, 405, { reason: 'files are only read', allow: 'GET, HEAD' });
      return;
    }
    const path = pathIn(request.url ?? '');
    const file = path === null ? null : await this.#open(path);
    if (path === null || file === null) {
      say(response, 404, { reason: 'there is no such file' });
      return;
    }
    try {
      const status = await file.stat();
      const query = new URLSearchParams((request.url ?? '').split('?').slice(1).join('?'));
      if (status.isFile()) await sendFile(request, response, file);
      else if (query.get('list-type') !== '2') await this.#list(file, isHead, response);
      else sendXml(response, await listPage((below) => this.#entries(path, below), query));
    } finally {
      await file.close();
    }
  }

  /** Null for what is not there, or not below the root, or neither a file nor a folder. */
  async #open(path: string): Promise<FileHandle | null> {
    let file: FileHandle | undefined;
    try {
      const real = await realpath(join(this.#root, path));
      if (!this.#holds(real)) return null;
      // A fifo would hold it up; a link that was put there meanwhile is not followed.
      file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const [status, opened] = [await file.stat(), await pathOf(file, real)];
      if (this.#holds(opened) && (status.isFile() || status.isDirectory())) return file;
    } catch {
      // Not there, or not for this user.
    }
    await file?.close();
    return null;
  }

  #holds(real: string): boolean {
    return real === this.#root || real.startsWith(this.#root === '/' ? '/' : `${this.#root}/`);
  }

  /** What a folder below another one holds: names, and sizes of files. */
  async #entries(path: string, below: string): Promise<Entry[]> {
    const folder = await this.#open(join(path, below));
    if (folder === null) return [];
    try {
      const real = await pathOf(folder, join(this.#root, path, below));
      const entries: Entry[] = [];
      for (const entry of await readdir(real, { withFileTypes: true })) {
        if (entry.isDirectory()) entries.push({ name: `${entry.name}/`, bytes: null, changed: new Date(0) });
        if (!entry.isFile()) continue;
        const status = await lstat(join(real, entry.name)).catch(() => null);
        if (status?.isFile() === true) entries.push({ name: entry.name, bytes: status.size, changed: status.mtime });
      }
      return entries;
    } finally {
      await folder.close();
    }
  }

  async #list(folder: FileHandle, isHead: boolean, response: ServerResponse): Promise<void> {
    const entries = await readdir(await pathOf(folder, this.#root), { withFileTypes: true });
    const shown = entries
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map((entry) => `${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .sort();
    const text = JSON.stringify(shown);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    response.end(isHead ? undefined : text);
  }
}

/** Where an open file is now, whatever its path leads to meanwhile. */
function pathOf(file: FileHandle, otherwise: string): Promise<string> {
  return process.platform === 'linux' ? realpath(`/proc/self/fd/${String(file.fd)}`) : Promise.resolve(otherwise);
}

/** The path that is asked for; null for one that is none. */
function pathIn(url: string): string | null {
  try {
    const path = decodeURIComponent(url.split('?', 1).join(''));
    const isGood = path.startsWith('/') && !path.includes('\0') && !path.split('/').includes('..');
    return isGood ? path : null;
  } catch {
    return null;
  }
}

async function sendFile(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  file: FileHandle,
): Promise<void> {
  const { ino, mtimeMs, size: bytes } = await file.stat();
  const etag = `"${[ino, mtimeMs, bytes].join('-')}"`;
  const { range, 'if-range': unless } = headers;
  const part = range === undefined || (unless !== undefined && unless !== etag) ? null : rangeOf(range, bytes);
  const common = { 'accept-ranges': 'bytes', 'content-type': 'application/octet-stream', etag };
  if (part === 'unsatisfiable') {
    say(response, 416, { reason: 'the file does not reach so far', 'content-range': `bytes */${String(bytes)}` });
    return;
  }
  const { from, to } = part ?? { from: 0, to: bytes - 1 };
  const length = to - from + 1;
  response.writeHead(part === null ? 200 : 206, {
    ...common,
    'content-length': length,
    ...(part === null ? {} : { 'content-range': `bytes ${String(from)}-${String(to)}/${String(bytes)}` }),
  });
  if (method === 'HEAD' || length === 0) {
    response.end();
    return;
  }
  // A file that becomes shorter meanwhile breaks off: the length was said.
  await pipeline(file.createReadStream({ start: from, end: to, autoClose: false }), response);
}

/** One range (RFC 9110, 14.1.2); null for what is none, or several: then the whole is given. */
function rangeOf(text: string, bytes: number): { from: number; to: number } | 'unsatisfiable' | null {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(text) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return null;
  const from = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const to = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return null;
  return from < bytes && from <= to ? { from, to } : 'unsatisfiable';
}
