/** What is decided about a job before its first sandbox starts. */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { linksOnUseSandboxesMin } from '../../runtime/core/limits.ts';
import type { Bootstrap } from '../../runtime/sandbox/bootstrap.ts';
import { isNativeKnown } from '../../runtime/transport/mesh/native.ts';
import type { Mount } from '../backends/backend.ts';
import type { Bundle } from '../bundle/bundle-program.ts';
import type { JobDirectory } from '../job-directory.ts';
import type { JobSpec } from '../job-spec.ts';
import { mountsOf } from './mounts.ts';
import { thisPackage } from './package-root.ts';
import type { Paths } from './paths.ts';
import { type Place, placeRanks, programOfRanks } from './placement.ts';

export const firstEpoch = 1;

/** What the parts of a job are called, where they are, and what each sandbox is told. */
export interface Plan {
  readonly jobId: string;
  readonly meshId: string;
  readonly size: number;
  readonly links: Bootstrap['links'];
  readonly places: readonly Place[];
  readonly tokens: readonly string[];
  readonly mounts: readonly Mount[];
  readonly bootstrapOf: (place: Place) => Bootstrap;
}

/** The native listener is compared here, once for all sandboxes, unless one of them could change it afterwards. */
export async function listenerFor({ writable, mounts }: JobSpec): Promise<Bootstrap['listener']> {
  if (writable || mounts.some((mount) => mount.writable)) return 'auto';
  return (await isNativeKnown()) ? 'checked' : 'auto';
}

export function planOf(
  spec: JobSpec,
  directory: JobDirectory,
  bundles: readonly Bundle[],
  { segment, bareLinks, listener }: Paths & { listener: Bootstrap['listener'] },
): Plan {
  const programOfRank = programOfRanks(spec.programs);
  const size = programOfRank.length;
  const places = placeRanks(size, spec.ranksPerSandbox);
  const tokens = places.map(() => randomBytes(32).toString('hex'));
  const [jobId, meshId, meshSecret] = [4, 16, 32].map((bytes) => randomBytes(bytes).toString('hex')) as [
    string,
    string,
    string,
  ];
  const heapMiB = heapOf(spec);
  const shared = {
    jobId,
    meshId,
    meshSecret,
    epoch: firstEpoch,
    rendezvous: directory.rendezvousPath,
    listener,
    links: linksOf(places, segment),
    ...(segment === null ? {} : { segment }),
    ...(bareLinks === null ? {} : { bareLinks }),
    size,
    sandboxes: places.map(({ index, firstRank, ranks }) => ({ index, firstRank, ranks: ranks.length })),
    programs: spec.programs.map(({ script, args }, index) => ({ entry: bundles[index]?.entry ?? '', script, args })),
    stdin: stdinRanks(spec.stdin, size),
    onFailure: spec.onFailure,
    env: spec.env,
    tsmpiVersion: thisPackage().version,
    ...(heapMiB === undefined ? {} : { heapMiB }),
    ...(spec.tuning === undefined ? {} : { tuning: spec.tuning }),
    crowded: size > availableParallelism(),
    tellsForms: spec.tellsForms,
  };
  return {
    jobId,
    meshId,
    size,
    links: shared.links,
    places,
    tokens,
    mounts: mountsOf(
      spec,
      directory,
      bundles.flatMap(({ externals }) => externals),
    ),
    bootstrapOf: ({ index, ranks }) => ({
      ...shared,
      sandbox: index,
      token: tokens[index] ?? '',
      meshListen: join(directory.meshDirectory, `${String(index)}.sock`),
      ranks: ranks.map((rank) => ({ rank, program: programOfRank[rank] ?? 0 })),
    }),
  };
}

/** Between ranks that share memory links are for what does not fit into it; and many sandboxes have too many pairs. */
function linksOf(places: readonly Place[], segment: Paths['segment']): Bootstrap['links'] {
  return segment !== null || places.length >= linksOnUseSandboxesMin ? 'onUse' : 'atOnce';
}

/** The ranks that get standard input. */
export function stdinRanks(stdin: JobSpec['stdin'], size: number): number[] {
  if (stdin === 'none') return [];
  return stdin === 'all' ? Array.from({ length: size }, (_, rank) => rank) : [stdin];
}

/** Of a sandbox's memory, the agent and the threads' own parts take their share first. */
function heapOf({ memoryMiB, ranksPerSandbox }: JobSpec): number | undefined {
  if (memoryMiB === undefined) return undefined;
  const agentMiB = 64;
  return Math.max(16, Math.floor(((memoryMiB - agentMiB) * 0.8) / ranksPerSandbox));
}
