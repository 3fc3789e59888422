/**
 * What `tsmpi bench tune` measured on a machine, read and put to use: rules that come before the shipped table, and
 * sizes in place of the shipped ones.
 */
import type { Collective } from './algorithm.ts';
import { algorithmNamed, useRules } from './choose.ts';
import { shippedSizes, type SharedSizes, useSizes } from './shared/tuning.ts';
import { type Rule, shippedTable, type Table } from './table.ts';

/** Where it was measured: it is good for such machines only. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
}

/** The contents of a tuning file. */
export interface Tuning {
  readonly version: typeof tuningVersion;
  readonly machine: Machine;
  /** What measured it, for the reader. */
  readonly measured?: string;
  readonly algorithms: Partial<Table>;
  readonly shared: Partial<SharedSizes>;
}

export const tuningVersion = 1;
const rulesMax = 1000;
/** Nothing in the segment could be larger. */
const sharedBytesMax = 2 ** 30;
const sharedBytesStep = 64;

/** The contents of a file, or of a job's start-up document. What is wrong is thrown as an Error of one line. */
export function tuningOf(value: unknown): Tuning {
  const { version, machine, measured, algorithms, shared, ...unknown } = record(value, 'it');
  if (version !== tuningVersion) throw new Error(`its version is ${show(version)}, not ${String(tuningVersion)}`);
  const [extra] = Object.keys(unknown);
  if (extra !== undefined) throw new Error(`${extra} is no part of a tuning file`);
  return {
    version,
    machine: machineOf(machine),
    ...(typeof measured === 'string' ? { measured } : {}),
    algorithms: rulesOf(record(algorithms, 'algorithms')),
    shared: sizesOf(record(shared, 'shared')),
  };
}

/** Every rank of a job must use the same. */
export function useTuning({ algorithms, shared }: Tuning): void {
  useRules(algorithms);
  useSizes(shared);
}

function machineOf(value: unknown): Machine {
  const { processor, cores } = record(value, 'machine');
  if (typeof processor !== 'string') throw new Error(`machine.processor is ${show(processor)}, not a name`);
  return { processor, cores: whole(cores, 'machine.cores', { least: 1, most: 2 ** 20 }) };
}

function rulesOf(given: Readonly<Record<string, unknown>>): Partial<Table> {
  const table: { [C in Collective]?: readonly Rule[] } = {};
  for (const [name, rules] of Object.entries(given)) {
    if (!isCollective(name)) {
      throw new Error(`algorithms.${name}: no such collective; there are ${Object.keys(shippedTable).join(', ')}`);
    }
    if (!Array.isArray(rules) || rules.length > rulesMax) {
      throw new Error(`algorithms.${name} is not a list of at most ${String(rulesMax)} rules`);
    }
    table[name] = rules.map((rule, at) => ruleOf(name, rule, `algorithms.${name}[${String(at)}]`));
  }
  return table;
}

function ruleOf(collective: Collective, value: unknown, where: string): Rule {
  const { algorithm, ranksMax, bytesMax, powerOfTwo, crowded, ...unknown } = record(value, where);
  const [extra] = Object.keys(unknown);
  if (extra !== undefined) throw new Error(`${where}.${extra} is no part of a rule`);
  if (typeof algorithm !== 'string' || algorithmNamed(collective, algorithm) === undefined) {
    throw new Error(`${where}.algorithm is ${show(algorithm)}, which is none of ${collective}'s`);
  }
  if (powerOfTwo !== undefined && powerOfTwo !== true) {
    throw new Error(`${where}.powerOfTwo is ${show(powerOfTwo)}; it is true or left out`);
  }
  if (crowded !== undefined && crowded !== true) {
    throw new Error(`${where}.crowded is ${show(crowded)}; it is true or left out`);
  }
  const most = Number.MAX_SAFE_INTEGER;
  return {
    algorithm,
    ...(ranksMax === undefined ? {} : { ranksMax: whole(ranksMax, `${where}.ranksMax`, { least: 1, most }) }),
    ...(bytesMax === undefined ? {} : { bytesMax: whole(bytesMax, `${where}.bytesMax`, { least: 0, most }) }),
    ...(powerOfTwo === undefined ? {} : { powerOfTwo }),
    ...(crowded === undefined ? {} : { crowded }),
  };
}

function sizesOf(given: Readonly<Record<string, unknown>>): Partial<SharedSizes> {
  const entries = Object.entries(given).map(([name, value]) => {
    if (!Object.hasOwn(shippedSizes, name)) {
      throw new Error(`shared.${name}: no such size; there are ${Object.keys(shippedSizes).join(', ')}`);
    }
    const bytes = whole(value, `shared.${name}`, { least: sharedBytesStep, most: sharedBytesMax });
    if (bytes % sharedBytesStep !== 0) {
      throw new Error(`shared.${name} is ${String(bytes)}, not a multiple of ${String(sharedBytesStep)}`);
    }
    return [name, bytes] as const;
  });
  return Object.fromEntries(entries);
}

function isCollective(name: string): name is Collective {
  return Object.hasOwn(shippedTable, name);
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${where} is no object`);
  return value as Readonly<Record<string, unknown>>;
}

function whole(value: unknown, where: string, { least, most }: { least: number; most: number }): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${where} is ${show(value)}, not a whole number from ${String(least)} to ${String(most)}`);
}

function show(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value);
}
