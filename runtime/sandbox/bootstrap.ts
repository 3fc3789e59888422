/**
 * What the launcher tells a sandbox's agent at birth: one JSON document through file descriptor 3, read once and
 * closed. It carries secrets (the join token and the mesh's key), so it never travels by argument or environment.
 */
import type { ConnectorPlace } from '../core/connectors.ts';
import { TsmpiError } from '../core/errors.ts';
import { meshRanksMax, ranksMax, ranksPerSandboxMax } from '../core/limits.ts';
import type { ParentRanks } from '../core/parent-ranks.ts';
import type { LinkOpening } from '../core/links.ts';

/** It holds the ranks with the numbers `firstRank` to `firstRank + ranks - 1`. */
export interface SandboxPlace {
  readonly index: number;
  readonly firstRank: number;
  readonly ranks: number;
}

/** One program of the job (several with MPMD), bundled. */
export interface ProgramEntry {
  /** Absolute path of the bundled ES module. */
  readonly entry: string;
  /** Absolute path of the script as the user named it: `process.argv[1]` of its ranks. */
  readonly script: string;
  /** `process.argv` from index 2 on. */
  readonly args: readonly string[];
}

/** A rank of this sandbox and the index in `programs` of what it runs. */
export interface RankProgram {
  readonly rank: number;
  readonly program: number;
}

export interface Bootstrap {
  readonly jobId: string;
  readonly meshId: string;
  readonly epoch: number;
  /** Index of this sandbox in the mesh. */
  readonly sandbox: number;
  /** Single-use join token of the rendezvous. */
  readonly token: string;
  /** The job's mesh key: 32 bytes in hexadecimal. */
  readonly meshSecret: string;
  /** Path of the rendezvous' unix socket. */
  readonly rendezvous: string;
  /** Path of the unix socket that this sandbox listens on. */
  readonly meshListen: string;
  /** Who dials it, where that is not the user of this process. */
  readonly meshOwner?: { readonly uid: number; readonly gid: number };
  /** See `MeshOptions`. */
  readonly listener: 'auto' | 'checked' | 'ws';
  /** See `MeshOptions`. */
  readonly links: LinkOpening;
  /** The file that all sandboxes map, and the native file of koffi to do it with; absent: they share nothing. */
  readonly segment?: { readonly path: string; readonly koffi: string };
  /** Present: a rank that is alone in its sandbox may use the sandbox's links itself, through koffi. */
  readonly bareLinks?: { readonly koffi: string };
  /** Ranks of the world. */
  readonly size: number;
  /**
   * Every sandbox of the world, in order of index; together they hold `size` ranks whose numbers follow each other.
   * Others of the mesh are in the roster.
   */
  readonly sandboxes: readonly SandboxPlace[];
  /** The ranks of this sandbox, in order. */
  readonly ranks: readonly RankProgram[];
  readonly programs: readonly ProgramEntry[];
  /** Those that started the ranks, where they are in the mesh. */
  readonly parent?: ParentRanks;
  /** Ranks that get the launcher's standard input; the others read an empty one. */
  readonly stdin: readonly number[];
  readonly onFailure: 'abort' | 'continue';
  /** The whole environment of the ranks. */
  readonly env: Readonly<Record<string, string>>;
  readonly tsmpiVersion: string;
  /** V8 heap of each rank in MiB; absent: as node chooses. */
  readonly heapMiB?: number;
  /** For the collectives of every rank, which know its form; absent: as shipped. */
  readonly tuning?: object;
  /** Whether the ranks outnumber the cores that they share. */
  readonly crowded?: boolean;
  /** Present: the resources that the job was started with. */
  readonly connectors?: ConnectorPlace;
  /** Whether world rank 0 tells which form of each collective runs. */
  readonly tellsForms?: boolean;
}

/** The number of the first rank of the world. */
export function worldFirstOf({ sandboxes }: Bootstrap): number {
  return sandboxes[0]?.firstRank ?? 0;
}

/** Bytes of a bootstrap document: 4096 ranks and a full environment fit; more is refused before it is parsed. */
export const bootstrapBytesMax = 4 * 1024 * 1024;

/** The launcher's half: the bytes for `SandboxRequest.bootstrap`. */
export function encodeBootstrap(bootstrap: Bootstrap): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(bootstrap));
}

/**
 * The agent's half. Every field is checked, and that the fields agree with each other.
 * Throws ERR_LAUNCH naming the field.
 */
export function parseBootstrap(bytes: Uint8Array): Bootstrap {
  if (bytes.byteLength > bootstrapBytesMax) {
    throw refusal(`the document has ${String(bytes.byteLength)} bytes, at most ${String(bootstrapBytesMax)} are read`);
  }
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    // The document holds secrets, and JSON.parse quotes what it read: the cause stays out of the message.
    const name = cause instanceof Error ? cause.name : 'error';
    throw refusal(`${String(bytes.byteLength)} bytes that are not JSON (${name})`);
  }
  const fields = record(document, 'the document');
  const bootstrap: Bootstrap = {
    jobId: text(fields, 'jobId'),
    meshId: text(fields, 'meshId'),
    epoch: whole(fields, 'epoch', 0, 0xffff_ffff),
    sandbox: whole(fields, 'sandbox', 0, meshRanksMax - 1),
    token: text(fields, 'token'),
    meshSecret: text(fields, 'meshSecret'),
    rendezvous: text(fields, 'rendezvous'),
    meshListen: text(fields, 'meshListen'),
    listener: oneOf(fields, 'listener', ['auto', 'checked', 'ws']),
    links: oneOf(fields, 'links', ['atOnce', 'onUse']),
    size: whole(fields, 'size', 1, ranksMax),
    sandboxes: list(fields, 'sandboxes').map((place, at) => sandboxPlace(place, `sandboxes[${String(at)}]`)),
    ranks: list(fields, 'ranks').map((rank, at) => rankProgram(rank, `ranks[${String(at)}]`)),
    programs: list(fields, 'programs').map((program, at) => programEntry(program, `programs[${String(at)}]`)),
    stdin: list(fields, 'stdin').map((rank, at) => wholeNumber(rank, `stdin[${String(at)}]`, 0, meshRanksMax - 1)),
    onFailure: oneOf(fields, 'onFailure', ['abort', 'continue']),
    env: environment(fields),
    tsmpiVersion: text(fields, 'tsmpiVersion'),
    ...(fields['crowded'] === true ? { crowded: true } : {}),
    ...(fields['tellsForms'] === true ? { tellsForms: true } : {}),
    ...(fields['tuning'] === undefined ? {} : { tuning: record(fields['tuning'], 'tuning') }),
    ...(fields['meshOwner'] === undefined ? {} : { meshOwner: ownerOf(fields['meshOwner']) }),
    ...(fields['segment'] === undefined ? {} : { segment: segmentOf(fields['segment']) }),
    ...(fields['bareLinks'] === undefined ? {} : { bareLinks: bareLinksOf(fields['bareLinks']) }),
    ...(fields['parent'] === undefined ? {} : { parent: parentOf(fields['parent']) }),
    ...(fields['connectors'] === undefined ? {} : { connectors: connectorsOf(fields['connectors']) }),
    ...(fields['heapMiB'] === undefined ? {} : { heapMiB: whole(fields, 'heapMiB', 1, 0x7fff_ffff) }),
  };
  checkAgreement(bootstrap);
  return bootstrap;
}

/** What one field cannot show alone: the sandboxes tile the world, and this one's ranks are the ones it was given. */
function checkAgreement(bootstrap: Bootstrap): void {
  const { meshSecret, sandboxes, size, sandbox, ranks, programs, stdin } = bootstrap;
  if (!/^[0-9a-f]{64}$/i.test(meshSecret)) throw refusal('meshSecret is not 32 bytes in hexadecimal');
  const worldFirst = worldFirstOf(bootstrap);
  const firstIndex = sandboxes[0]?.index ?? 0;
  let next = worldFirst;
  for (const [at, place] of sandboxes.entries()) {
    if (place.index !== firstIndex + at) throw refusal(`sandboxes[${String(at)}].index is ${String(place.index)}`);
    if (place.firstRank !== next) {
      const where = `sandboxes[${String(at)}].firstRank`;
      throw refusal(`${where} is ${String(place.firstRank)}, rank ${String(next)} comes next`);
    }
    next += place.ranks;
  }
  const held = next - worldFirst;
  if (held !== size) throw refusal(`the sandboxes hold ${String(held)} ranks, size is ${String(size)}`);
  const own = sandboxes[sandbox - firstIndex];
  if (own === undefined) {
    throw refusal(`sandbox is ${String(sandbox)}, there are ${String(sandboxes.length)} sandboxes`);
  }
  if (ranks.length !== own.ranks) {
    throw refusal(`ranks has ${String(ranks.length)} entries, sandbox ${String(sandbox)} holds ${String(own.ranks)}`);
  }
  for (const [at, { rank, program }] of ranks.entries()) {
    if (rank !== own.firstRank + at) {
      throw refusal(`ranks[${String(at)}].rank is ${String(rank)}, not ${String(own.firstRank + at)}`);
    }
    if (program >= programs.length) {
      throw refusal(`ranks[${String(at)}].program is ${String(program)} of ${String(programs.length)} programs`);
    }
  }
  for (const rank of stdin) {
    if (rank < worldFirst || rank >= next) throw refusal(`stdin names rank ${String(rank)}, size is ${String(size)}`);
  }
}

function sandboxPlace(value: unknown, where: string): SandboxPlace {
  const fields = record(value, where);
  return {
    index: whole(fields, 'index', 0, meshRanksMax - 1),
    firstRank: whole(fields, 'firstRank', 0, meshRanksMax - 1),
    ranks: whole(fields, 'ranks', 1, ranksPerSandboxMax),
  };
}

function segmentOf(value: unknown): { path: string; koffi: string } {
  const fields = record(value, 'segment');
  return { path: text(fields, 'path'), koffi: text(fields, 'koffi') };
}

function ownerOf(value: unknown): { uid: number; gid: number } {
  const fields = record(value, 'meshOwner');
  return { uid: whole(fields, 'uid', 0, 2 ** 32 - 1), gid: whole(fields, 'gid', 0, 2 ** 32 - 1) };
}

function parentOf(value: unknown): ParentRanks {
  const fields = record(value, 'parent');
  return {
    communicator: whole(fields, 'communicator', 0, 2 ** 31),
    ranks: list(fields, 'ranks').map((rank, at) =>
      wholeNumber(rank, `parent.ranks[${String(at)}]`, 0, meshRanksMax - 1),
    ),
  };
}

function connectorsOf(value: unknown): ConnectorPlace {
  const fields = record(value, 'connectors');
  return {
    door: text(fields, 'door'),
    secret: text(fields, 'secret'),
    firstRank: whole(fields, 'firstRank', 0, meshRanksMax - 1),
    resources: list(fields, 'resources').map((resource) => {
      const one = record(resource, 'one of connectors.resources');
      const named = { name: text(one, 'name'), kind: text(one, 'kind'), host: text(one, 'host') };
      return { ...named, port: whole(one, 'port', 1, 65_535) };
    }),
    hasHosts: fields['hasHosts'] === true,
    ...(fields['folder'] === undefined ? {} : { folder: text(fields, 'folder') }),
  };
}

function rankProgram(value: unknown, where: string): RankProgram {
  const fields = record(value, where);
  return { rank: whole(fields, 'rank', 0, meshRanksMax - 1), program: whole(fields, 'program', 0, ranksMax - 1) };
}

function bareLinksOf(value: unknown): { koffi: string } {
  return { koffi: text(record(value, 'bareLinks'), 'koffi') };
}

function programEntry(value: unknown, where: string): ProgramEntry {
  const fields = record(value, where);
  const args = list(fields, 'args').map((argument, at) => {
    if (typeof argument !== 'string') throw refusal(`${where}.args[${String(at)}] is not a string`);
    return argument;
  });
  return { entry: text(fields, 'entry'), script: text(fields, 'script'), args };
}

function environment(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(record(fields['env'], 'env'))) {
    if (typeof value !== 'string') throw refusal(`env.${name} is not a string`);
    // Defined, not assigned: a variable may be called __proto__.
    Object.defineProperty(env, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return env;
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal(`${where} is not an object`);
  return value as Readonly<Record<string, unknown>>;
}

function list(fields: Readonly<Record<string, unknown>>, name: string): readonly unknown[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw refusal(`${name} is not a list`);
  return value as readonly unknown[];
}

function text(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value.length === 0) throw refusal(`${name} is not a string with something in it`);
  return value;
}

function oneOf<T extends string>(fields: Readonly<Record<string, unknown>>, name: string, values: readonly T[]): T {
  const found = values.find((value) => value === fields[name]);
  if (found === undefined) throw refusal(`${name} is none of ${values.join(', ')}`);
  return found;
}

function whole(fields: Readonly<Record<string, unknown>>, name: string, least: number, most: number): number {
  return wholeNumber(fields[name], name, least, most);
}

function wholeNumber(value: unknown, where: string, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw refusal(`${where} is not an integer from ${String(least)} to ${String(most)}`);
  }
  return value;
}

function refusal(what: string): TsmpiError {
  return new TsmpiError('ERR_LAUNCH', what, {
    where: 'agent bootstrap',
    remedy: 'the launcher and the agent must come from the same tsmpi',
  });
}
