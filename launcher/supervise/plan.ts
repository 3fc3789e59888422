/** What is decided about a job, or about ranks that it spawns, before the first of their sandboxes starts. */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { linksOnUseSandboxesMin } from '../../runtime/core/limits.ts';
import type { ParentRanks } from '../../runtime/core/parent-ranks.ts';
import type { ExpectedSandbox } from '../../runtime/rendezvous/options.ts';
import type { Bootstrap } from '../../runtime/sandbox/bootstrap.ts';
import { isNativeKnown } from '../../runtime/transport/mesh/native.ts';
import type { Mount } from '../backends/backend.ts';
import type { Bundle } from '../bundle/bundle-program.ts';
import type { JobDirectory } from '../job-directory.ts';
import type { JobArea } from './job-area.ts';
import type { JobConnectors } from '../connectors/job-connectors.ts';
import type { JobSpec } from '../job-spec.ts';
import { mountsOf } from './mounts.ts';
import { thisPackage } from './package-root.ts';
import type { Paths } from './paths.ts';
import { type FreeNumbers, type Place, placeRanks, programOfRanks } from './placement.ts';

export const firstEpoch = 1;

/** What a world is made with. */
export interface Means {
  readonly mesh: { readonly id: string; readonly secret: string; readonly directory: JobDirectory };
  readonly jobId: string;
  readonly area: JobArea;
  readonly listener: Bootstrap['listener'];
  /** Ranks that run already beside those of the world. */
  readonly ranksBefore: number;
  /** Of its programs. */
  readonly bundles: readonly Bundle[];
  readonly paths: Paths;
  readonly free: FreeNumbers;
  /** Those that spawn or launch it, where they are in the mesh. */
  readonly parent?: ParentRanks;
  readonly connectors: Connectors | null;
}

/** Of a job, and from which of its ranks on its gateway counts. */
export interface Connectors {
  readonly of: JobConnectors;
  readonly firstRank: number;
}

/** What the parts of a world are called, where they are, and what each sandbox is told. */
export interface Plan {
  readonly jobId: string;
  readonly size: number;
  readonly links: Bootstrap['links'];
  readonly places: readonly Place[];
  /** Who may join. */
  readonly expected: readonly ExpectedSandbox[];
  readonly mounts: readonly Mount[];
  readonly bootstrapOf: (place: Place) => Bootstrap;
}

/** The native listener is compared here, once for all sandboxes, unless one of them could change it afterwards. */
export async function listenerFor({ writable, mounts }: JobSpec): Promise<Bootstrap['listener']> {
  if (writable || mounts.some((mount) => mount.writable)) return 'auto';
  return (await isNativeKnown()) ? 'checked' : 'auto';
}

export function planOf(spec: JobSpec, means: Means): Plan {
  const { mesh, jobId, area, listener, bundles, free, parent, connectors } = means;
  const { segment, bareLinks } = means.paths;
  const programOfRank = programOfRanks(spec.programs);
  const size = programOfRank.length;
  const places = placeRanks(size, spec.ranksPerSandbox, free);
  const tokens = new Map(places.map(({ index }) => [index, randomBytes(32).toString('hex')]));
  const heapMiB = heapOf(spec);
  const shared = {
    jobId,
    meshId: mesh.id,
    meshSecret: mesh.secret,
    listener,
    crowded: means.ranksBefore + size > availableParallelism(),
    epoch: firstEpoch,
    rendezvous: mesh.directory.rendezvousPath,
    links: linksOf(places, segment),
    ...(segment === null ? {} : { segment }),
    ...(bareLinks === null ? {} : { bareLinks }),
    size,
    sandboxes: places.map(({ index, firstRank, ranks }) => ({ index, firstRank, ranks: ranks.length })),
    programs: spec.programs.map(({ script, args }, index) => ({ entry: bundles[index]?.entry ?? '', script, args })),
    stdin: stdinRanks(spec.stdin, size, free.rank),
    onFailure: spec.onFailure,
    env: spec.env,
    tsmpiVersion: thisPackage().version,
    ...(heapMiB === undefined ? {} : { heapMiB }),
    ...(spec.tuning === undefined ? {} : { tuning: spec.tuning }),
    ...(parent === undefined ? {} : { parent }),
    tellsForms: spec.tellsForms,
  };
  return {
    jobId,
    size,
    links: shared.links,
    places,
    expected: places.map(({ index, ranks }) => ({ index, ranks, token: tokens.get(index) ?? '' })),
    mounts: [
      ...mountsOf(
        spec,
        mesh.directory,
        area,
        bundles.flatMap(({ externals }) => externals),
      ),
      ...(connectors?.of.mounts ?? []),
    ],
    bootstrapOf: ({ index, ranks }) => ({
      ...shared,
      sandbox: index,
      token: tokens.get(index) ?? '',
      meshListen: socketOf(mesh.directory, index),
      ranks: ranks.map((rank) => ({ rank, program: programOfRank[rank - free.rank] ?? 0 })),
      ...(connectors === null ? {} : { connectors: connectors.of.place(ranks, connectors.firstRank) }),
    }),
  };
}

/** Between ranks that share memory links are for what does not fit into it; and many sandboxes have too many pairs. */
function linksOf(places: readonly Place[], segment: Paths['segment']): Bootstrap['links'] {
  return segment !== null || places.length >= linksOnUseSandboxesMin ? 'onUse' : 'atOnce';
}

/** Where a sandbox listens for the others. */
export function socketOf({ meshDirectory }: JobDirectory, index: number): string {
  return join(meshDirectory, `${String(index)}.sock`);
}

/** The ranks that get standard input, of a world whose first one has the number `first`. */
export function stdinRanks(stdin: JobSpec['stdin'], size: number, first: number): number[] {
  if (stdin === 'none') return [];
  return stdin === 'all' ? Array.from({ length: size }, (_, rank) => first + rank) : [first + stdin];
}

/** Of a sandbox's memory, the agent and the threads' own parts take their share first. */
function heapOf({ memoryMiB, ranksPerSandbox }: JobSpec): number | undefined {
  if (memoryMiB === undefined) return undefined;
  const agentMiB = 64;
  return Math.max(16, Math.floor(((memoryMiB - agentMiB) * 0.8) / ranksPerSandbox));
}
