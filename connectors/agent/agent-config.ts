/**
 * The file of an agent. It alone says what stands behind a name, and who may use it; it never leaves the private side.
 *
 *     { "resources": { "warehouse": { "kind": "tcp", "target": "db.internal:5432", "jobs": ["etl"] } } }
 */
import { readFileSync } from 'node:fs';
import { badField, fieldsOf, numberIn, parseDocument, textOf, textsIn } from '../wire/checked-fields.ts';
import { agentStreamsMax } from '../wire/limits.ts';
import { isName, namesAre } from '../wire/names.ts';
import { filesKind } from './files-target.ts';
import { httpKind } from './http-target.ts';
import { postgresKind } from './postgres-target.ts';
import { s3Kind } from './s3-target.ts';
import type { Target, TargetKind } from './target.ts';
import { tcpKind } from './tcp-target.ts';

const kinds: readonly TargetKind[] = [tcpKind, httpKind, s3Kind, filesKind, postgresKind];
/** Keys of every resource. */
const commonKeys = ['kind', 'port', 'jobs', 'streams', 'opensPerSecond', 'bytesPerSecond', 'idleMs'] as const;

export interface ResourceConfig {
  readonly name: string;
  readonly target: Target;
  readonly port: number;
  /** Names of the jobs that may use it; absent: all that the gateway lets. */
  readonly jobs?: readonly string[];
  /** At once. */
  readonly streams: number;
  /** New ones; absent: no limit. */
  readonly opensPerSecond?: number;
  /** Of each stream, each way; absent: no limit. */
  readonly bytesPerSecond?: number;
  /** A stream on which nothing has moved for so long is cut; absent: never. */
  readonly idleMs?: number;
  /** What stands behind it, to tell whether that has changed. */
  readonly behind: string;
}

export type AgentConfig = ReadonlyMap<string, ResourceConfig>;

/** Throws ERR_ARGUMENT with one clear line. */
export function readAgentConfig(path: string): AgentConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw badField(path, `cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
  return parseAgentConfig(parseDocument(text, path), path);
}

function parseAgentConfig(document: unknown, path: string): AgentConfig {
  const { resources } = fieldsOf(document, path, ['resources']);
  if (typeof resources !== 'object' || resources === null || Array.isArray(resources)) {
    throw badField(path, 'resources is not an object', 'write { "resources": { "name": { "kind": … } } }');
  }
  const config = new Map<string, ResourceConfig>();
  for (const [name, value] of Object.entries(resources)) {
    if (!isName(name)) throw badField(path, `the resource ${JSON.stringify(name)} has no good name`, namesAre);
    config.set(name, resourceOf(name, value, `${path}: ${name}`));
  }
  if (config.size === 0) throw badField(path, 'it names no resource');
  return config;
}

function resourceOf(name: string, value: unknown, place: string): ResourceConfig {
  if (typeof value !== 'object' || value === null) throw badField(place, 'is not an object');
  const wanted = textOf(value as Readonly<Record<string, unknown>>, 'kind', place);
  const kind = kinds.find((each) => each.kind === wanted);
  if (kind === undefined) {
    throw badField(
      place,
      `unknown kind ${JSON.stringify(wanted)}`,
      `it takes ${kinds.map((each) => each.kind).join(', ')}`,
    );
  }
  const fields = fieldsOf(value, place, [...commonKeys, ...kind.keys]);
  const target = kind.parse(fields, place);
  const jobs = textsIn(fields, 'jobs', place);
  const opensPerSecond = numberIn(fields, 'opensPerSecond', place, 1, 100_000);
  const bytesPerSecond = numberIn(fields, 'bytesPerSecond', place, 1024, 1e12);
  const idleMs = numberIn(fields, 'idleMs', place, 1000, 24 * 3_600_000);
  return {
    name,
    target,
    port: numberIn(fields, 'port', place, 1024, 65_535) ?? target.port,
    streams: numberIn(fields, 'streams', place, 1, agentStreamsMax) ?? agentStreamsMax,
    behind: JSON.stringify([wanted, ...kind.keys.map((key) => fields[key])]),
    ...(jobs === undefined ? {} : { jobs }),
    ...(opensPerSecond === undefined ? {} : { opensPerSecond }),
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    ...(idleMs === undefined ? {} : { idleMs }),
  };
}
