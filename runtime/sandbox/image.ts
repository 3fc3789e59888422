/**
 * Code as the build packs it: bundled, and behind that what V8 had compiled it to when it had been run once. In one
 * file, so that the two always belong together: V8 itself compares no more of the code than its length.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

type ModuleFunction = (module: object, require: NodeJS.Require, filename: string, directory: string) => void;

/** What stacks show: V8 keeps the name in the cache, which is made in another place than where it is used. */
export const imageName = 'tsmpi:image';
/** The length of the code stands before it: u32, little-endian. */
const prefixBytes = 4;

/** The source of a CommonJS module, which is ASCII, as an image has it. */
export function imageSource(code: string): string {
  return `(function (module, require, __filename, __dirname) {${code}\n})`;
}

/** Packs a `source` with V8's `cache` of it. */
export function packImage(source: string, cache: Uint8Array): Uint8Array {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32LE(source.length);
  return Buffer.concat([prefix, Buffer.from(source, 'latin1'), cache]);
}

/**
 * Compiles `source`, from the cache where that was made by this version of V8 under the same flags, and else anew, and
 * gives what it exports. To the code it looks as if it were the CommonJS module `filename`, but that it cannot
 * `import()`: in code from a cache V8 has lost whom to ask.
 */
export function evaluateImage(source: string, filename: string, cachedData?: Uint8Array): [Script, unknown] {
  const script = new Script(source, { filename: imageName, ...(cachedData === undefined ? {} : { cachedData }) });
  const evaluate = script.runInThisContext() as ModuleFunction;
  const module = { exports: {} };
  evaluate(module, createRequire(filename), filename, dirname(filename));
  return [script, module.exports];
}

/** What the code packed in `path` exports, under the name `filename`; null when there is no such file. */
export function loadImage(path: string, filename: string): unknown {
  let image: Buffer;
  try {
    image = readFileSync(path);
  } catch {
    return null;
  }
  const end = prefixBytes + image.readUInt32LE();
  return evaluateImage(image.toString('latin1', prefixBytes, end), filename, image.subarray(end))[1];
}
