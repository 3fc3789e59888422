/**
 * The shared libraries that the node binary needs, so that a sandbox sees those files and no other library directory.
 * The binary names its dynamic loader, and the loader itself lists the rest: no `ldd`, no shell.
 */
import { execFile } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { TsmpiError } from '../../runtime/core/errors.ts';

export interface Libraries {
  /** Absolute paths as the loader looks them up, the loader itself included; empty for a static binary. */
  readonly files: readonly string[];
  /** True when some lie where the loader only looks because `/etc/ld.so.cache` says so. */
  readonly needCache: boolean;
}

const listTimeoutMs = 10_000;
const elfHeaderBytes = 64;
const programHeaderBytes = 56;
const interpreterSegment = 3;
const pathBytesMax = 4096;
/** Where glibc and musl look without being told, triplet directories included. */
const defaultDirectory = /^(?:\/usr)?\/lib(?:64)?(?:\/[a-z0-9_]+-linux-(?:gnu|musl)[a-z0-9]*)?\/[^/]+$/;

/** The dynamic loader named in a 64-bit little-endian ELF file; null when it names none (static) or is no such file. */
function dynamicLoaderOf(path: string): string | null {
  const descriptor = openSync(path, 'r');
  try {
    const header = Buffer.alloc(elfHeaderBytes);
    const read = readSync(descriptor, header, 0, elfHeaderBytes, 0);
    if (read < elfHeaderBytes || header.readUInt32BE(0) !== 0x7f45_4c46 || header[4] !== 2 || header[5] !== 1)
      return null;
    const tableOffset = Number(header.readBigUInt64LE(32));
    const segments = header.readUInt16LE(56);
    const entry = Buffer.alloc(programHeaderBytes);
    for (let index = 0; index < segments; index += 1) {
      readSync(descriptor, entry, 0, programHeaderBytes, tableOffset + index * programHeaderBytes);
      if (entry.readUInt32LE(0) !== interpreterSegment) continue;
      const bytes = Number(entry.readBigUInt64LE(32));
      if (bytes > pathBytesMax) return null;
      const text = Buffer.alloc(bytes);
      readSync(descriptor, text, 0, bytes, Number(entry.readBigUInt64LE(8)));
      return text.toString('utf8').replace(/\0.*$/s, '');
    }
    return null;
  } finally {
    closeSync(descriptor);
  }
}

const known = new Map<string, Promise<Libraries>>();

/** The libraries of the binary at `path`; asked for once per process. Rejects with ERR_LAUNCH when one is missing. */
export function librariesOf(path: string): Promise<Libraries> {
  const before = known.get(path);
  if (before !== undefined) return before;
  const libraries = listLibraries(path);
  known.set(path, libraries);
  return libraries;
}

async function listLibraries(path: string): Promise<Libraries> {
  const loader = dynamicLoaderOf(path);
  if (loader === null) return { files: [], needCache: false };
  const { stdout } = await promisify(execFile)(loader, ['--list', path], { env: {}, timeout: listTimeoutMs });
  const files = new Set([loader]);
  for (const line of stdout.split('\n')) {
    if (line.includes('=> not found')) {
      throw new TsmpiError('ERR_LAUNCH', `${path} needs a library that is missing (${line.trim()})`, {
        where: 'sandbox',
      });
    }
    const file = /(?:=> )?(\/\S+) \(0x[0-9a-f]+\)\s*$/.exec(line)?.[1];
    if (file !== undefined) files.add(file);
  }
  const needCache = [...files].some((file) => file !== loader && !defaultDirectory.test(file));
  return { files: [...files], needCache };
}
