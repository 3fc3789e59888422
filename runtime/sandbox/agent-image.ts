/**
 * The agent as the build packs it: its bundled code, and behind that what V8 had compiled it to. In one file, so that
 * the two always belong together: V8 itself compares no more of the code than its length.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';
import type * as agentModule from './run-agent.ts';

/** What the code exports. */
export type AgentModule = typeof agentModule;
type ModuleFunction = (module: object, require: NodeJS.Require, filename: string, directory: string) => void;

/** What stacks show: V8 keeps the name in the cache, which is made in another place than where it is used. */
const scriptName = 'tsmpi-agent';
/** The length of the code stands before it: u32, little-endian. */
const prefixBytes = 4;

/** Packs `code`, which is ASCII, with V8's `cache` of it. */
export function packImage(code: string, cache: Uint8Array): Uint8Array {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32LE(code.length);
  return Buffer.concat([prefix, Buffer.from(code, 'latin1'), cache]);
}

/**
 * Compiles `code`, from the cache where that was made by this version of V8 under the same flags, and else anew. To the
 * code it looks as if it were the CommonJS module `filename`.
 */
export function evaluateImage(code: string, filename: string, cachedData?: Uint8Array): [Script, AgentModule] {
  const source = `(function (module, require, __filename, __dirname) {${code}\n})`;
  const script = new Script(source, { filename: scriptName, ...(cachedData === undefined ? {} : { cachedData }) });
  const evaluate = script.runInThisContext() as ModuleFunction;
  const module = { exports: {} };
  evaluate(module, createRequire(filename), filename, dirname(filename));
  return [script, module.exports as AgentModule];
}

/** The agent packed in `path`, under the name `filename`; null when there is no such file, as before a build. */
export function loadImage(path: string, filename: string): AgentModule | null {
  let image: Buffer;
  try {
    image = readFileSync(path);
  } catch {
    return null;
  }
  const end = prefixBytes + image.readUInt32LE();
  return evaluateImage(image.toString('latin1', prefixBytes, end), filename, image.subarray(end))[1];
}
