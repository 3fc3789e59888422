/** What an agent tells a rank's thread, and by which numbers the thread says how it ended. */
import { endpointsFolder, type RankConnectors } from '../core/connectors.ts';
import { TsmpiError } from '../core/errors.ts';
import type { ParentRanks } from '../core/parent-ranks.ts';
import type { RankOver } from '../rendezvous/options.ts';
import type { BareShare } from '../transport/bare/bare-share.ts';
import type { SharedSegment } from '../transport/host-segment.ts';
import type { Segment } from '../transport/segment.ts';
import { type Bootstrap, type SandboxPlace, worldFirstOf } from './bootstrap.ts';

/** The one task of a rank's worker: structured clone, except for the memory, which is shared. */
export interface RankTask {
  readonly memory: WebAssembly.Memory;
  /** What the ranks share, and the number of the first of them. */
  readonly host: SharedSegment;
  readonly hostFirstRank: number;
  /** See `RankContext`. */
  readonly segmentStarts: readonly number[];
  /** Ranks in this sandbox: the layout of the segment follows from it. */
  readonly localRanks: number;
  /** Number of endpoint 0; the sandbox's ranks follow each other. */
  readonly firstRank: number;
  /** Number of the first rank of the world. */
  readonly worldFirst: number;
  /** See `RankContext`. */
  readonly parent?: ParentRanks | undefined;
  /** This rank's endpoint in the segment. */
  readonly localIndex: number;
  /** Ranks of the world. */
  readonly size: number;
  readonly epoch: number;
  readonly jobId: string;
  /** Absolute path of the module to run. */
  readonly entry: string;
  /** `process.argv[1]`. */
  readonly script: string;
  /** `process.argv` from index 2 on. */
  readonly args: readonly string[];
  /** The links of the sandbox, where they are for the rank to use. */
  readonly bare?: BareShare;
  /** False: standard input is empty. */
  readonly stdin: boolean;
  /** See `Bootstrap`. */
  readonly tuning?: object | undefined;
  readonly crowded?: boolean;
  readonly tellsForms?: boolean;
  /** See `RankContext`. */
  readonly connectors?: RankConnectors;
}

/** The tasks of a sandbox's ranks, in order of their endpoints. */
export function rankTasks(
  bootstrap: Bootstrap,
  own: SandboxPlace,
  segment: Segment,
  bare: BareShare | undefined,
): RankTask[] {
  const { memory, host, firstIndex } = segment;
  const worldFirst = worldFirstOf(bootstrap);
  return bootstrap.ranks.map(({ rank, program }) => {
    const known = bootstrap.programs[program];
    if (known === undefined) throw new TsmpiError('ERR_LAUNCH', `there is no program ${String(program)}`);
    return {
      memory,
      host: host.shared,
      hostFirstRank: own.firstRank - firstIndex,
      // One file that all map, or memory of each sandbox: the launcher decides, for all alike.
      segmentStarts:
        bootstrap.segment === undefined ? bootstrap.sandboxes.map(({ firstRank }) => firstRank) : [worldFirst],
      localRanks: own.ranks,
      firstRank: own.firstRank,
      worldFirst,
      parent: bootstrap.parent,
      localIndex: rank - own.firstRank,
      size: bootstrap.size,
      epoch: bootstrap.epoch,
      jobId: bootstrap.jobId,
      ...(bare === undefined ? {} : { bare }),
      entry: known.entry,
      script: known.script,
      args: known.args,
      stdin: bootstrap.stdin.includes(rank),
      tuning: bootstrap.tuning,
      crowded: bootstrap.crowded === true,
      tellsForms: bootstrap.tellsForms === true && rank === worldFirst,
      ...connectorsOf(bootstrap.connectors, rank),
    };
  });
}

function connectorsOf(place: Bootstrap['connectors'], rank: number): { connectors?: RankConnectors } {
  if (place === undefined) return {};
  const { door, secret, firstRank, resources } = place;
  const kinds = Object.fromEntries(resources.map(({ name, kind }) => [name, kind]));
  return { connectors: { door, secret, rank: rank - firstRank, kinds, folder: endpointsFolder(place) } };
}

/** `RankStatus.reason`: why a rank that is over ended. */
export const EndReason = { exit: 0, throw: 1, aborted: 2 } as const;
export type EndReason = (typeof EndReason)[keyof typeof EndReason];

/** First byte of an output record. */
export const OutputStream = { stdout: 1, stderr: 2, report: 3 } as const;
export type OutputStream = (typeof OutputStream)[keyof typeof OutputStream];

/** What a report record carries after its first byte, as JSON. */
export type ErrorReport = NonNullable<RankOver['error']>;
