/** What programs pass to `launch`, looked at before anything is made of it: not all of them are compiled. */
import { isAbsolute } from 'node:path';
import { TsmpiError } from '../runtime/core/errors.ts';
import type { LaunchOptions } from './launch-options.ts';

/** Whether a value is one that the option takes, and what it takes. */
type Check = readonly [holds: (value: unknown) => boolean, pass: string];

const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0');
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: unknown, holds: (each: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every((each) => holds(each));
const isTexts = (value: unknown): boolean => isList(value, isText);

const isScript = (value: unknown): boolean =>
  value instanceof URL ? value.protocol === 'file:' : isText(value) && value !== '';
const isProgram = (value: unknown): boolean =>
  isObject(value) && isScript(value['script']) && (value['args'] === undefined || isTexts(value['args']));
const isMount = (value: unknown): boolean =>
  isObject(value) &&
  isText(value['source']) &&
  isText(value['target']) &&
  isAbsolute(value['target']) &&
  typeof value['writable'] === 'boolean';
const isStdin = (value: unknown): boolean =>
  isObject(value) &&
  (value['rank'] === 'all' || typeof value['rank'] === 'number') &&
  isObject(value['stream']) &&
  Symbol.asyncIterator in value['stream'];
const isBackend = (value: unknown): boolean =>
  isText(value) ||
  (isObject(value) &&
    ['check', 'start', Symbol.asyncDispose].every((name) => typeof Reflect.get(value, name) === 'function'));

const flag: Check = [(value) => typeof value === 'boolean', 'true or false'];
const texts: Check = [isTexts, "a list of strings, ['--fast']"];
const number: Check = [(value) => typeof value === 'number', 'a number'];
const signal: Check = [(value) => value instanceof AbortSignal, 'an AbortSignal'];
const backend: Check = [isBackend, "'local', 'process', or a Backend"];

const checks: Readonly<Record<keyof LaunchOptions | 'name', Check>> = {
  ranks: number,
  ranksPerSandbox: number,
  memoryMiB: number,
  cpus: number,
  timeoutMs: number,
  args: texts,
  connectors: texts,
  writable: flag,
  attach: flag,
  signal,
  backend,
  also: [(value) => isList(value, isProgram), "a list of programs, [{ script: 'watch.ts', ranks: 1 }]"],
  env: [(value) => isObject(value) && isTexts(Object.values(value)), "an object of strings, { LEVEL: '3' }"],
  cwd: [(value) => isText(value) && value !== '', 'the path of a folder'],
  mounts: [(value) => isList(value, isMount), "a list, [{ source: 'data', target: '/data', writable: false }]"],
  onFailure: [(value) => value === 'abort' || value === 'continue', "'abort' or 'continue'"],
  stdin: [isStdin, "{ rank: 0, stream: process.stdin }, or rank 'all'"],
  name: [isText, 'a string'],
};

/** Throws ERR_ARGUMENT for a script, options, or one of them, that are not of the kind that `launch` takes. */
export function checkLaunch(script: unknown, options: unknown): void {
  if (!isScript(script)) throw refusal('launch', 'the script', script, 'the path of a program, or a file: URL');
  checkOptions('launch', options, checks);
}

/** The same of `createMesh`. */
export function checkMeshOptions(options: unknown): void {
  checkOptions('createMesh', options, { backend, signal });
}

function checkOptions(where: string, options: unknown, known: Readonly<Record<string, Check>>): void {
  if (!isObject(options)) throw refusal(where, 'the options', options, 'one object of options');
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(known, name) ? known[name] : undefined;
    if (check === undefined) {
      const remedy = `it takes ${Object.keys(known).sort().join(', ')}`;
      throw new TsmpiError('ERR_ARGUMENT', `there is no option ${name}`, { where, operation: where, remedy });
    }
    const [holds, pass] = check;
    if (value !== undefined && !holds(value)) throw refusal(where, name, value, pass);
  }
}

function refusal(where: string, what: string, value: unknown, pass: string): TsmpiError {
  return new TsmpiError('ERR_ARGUMENT', `${what} is ${shown(value)}`, {
    where,
    operation: where,
    remedy: `pass ${pass}`,
  });
}

/** The kind of what may hold secrets, and other values themselves. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (value instanceof URL) return value.href;
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'a list of something else' : 'an object of something else';
}
