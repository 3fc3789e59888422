/** This rank's engine and its two first communicators, made once per thread. */
import { TsmpiError } from '../core/errors.ts';
import { sharingOf } from './sharing.ts';
import { Segment } from '../transport/segment.ts';
import { Communicator, type Intercommunicator } from './communicator.ts';
import { Engine } from './engine.ts';
import { Group } from './group.ts';
import { Intercommunicator as InterCalls } from './intercommunicator.ts';
import { engineHooks, type RankContext, rankContext, setEngineHooks } from './rank-context.ts';

// Two engines would take each other's messages out of the same rings, and both would wait for ever.
if (rankContext() !== undefined && engineHooks() !== undefined) {
  throw new TsmpiError('ERR_UNSUPPORTED', `a second copy of tsmpi was loaded into one rank, from ${import.meta.url}`, {
    where: `rank ${String(rankContext()?.rank)}`,
    remedy: 'import tsmpi only from code that tsmpirun bundles, or start the job with the tsmpirun of that copy',
  });
}

const engine = new Engine(rankContext() ?? alone());
const { rank, worldFirst, size } = engine.context;

const everyone = Array.from({ length: size }, (_, member) => worldFirst + member);

/**
 * Every rank of the job. Outside `tsmpirun` it has size 1, so a job file also runs under plain node.
 * @example
 * console.log(`rank ${world.rank} of ${world.size}`);
 */
export const world = found('world', 0, everyone, rank - worldFirst);

/**
 * This rank alone.
 * @example
 * const kids = await self.spawn('worker.ts', { ranks: 2 });
 */
export const self = found('self', 1, [rank], 0);

/**
 * The program that launched (or spawned) this job, when it is a member of the mesh; null when it stays outside.
 * @example
 * await parent?.send('ready', { dest: 0 });
 */
export const parent: Intercommunicator | null = parentOf(engine.context);

// From the first moment, so that others can send to a rank that only ever awaits timers and sockets.
engine.eventLoop.arm();

setEngineHooks({
  outstanding: () => engine.eventLoop.outstanding > 0,
  drain: (timeoutMs) => engine.drain(timeoutMs),
});

function alone(): RankContext {
  const { memory, host } = Segment.create(1);
  return {
    memory,
    localRanks: 1,
    localIndex: 0,
    host: host.shared,
    hostFirstRank: 0,
    segmentStarts: [0],
    rank: 0,
    worldFirst: 0,
    size: 1,
    epoch: 0,
    jobId: null,
  };
}

function parentOf({ parent: there }: RankContext): Intercommunicator | null {
  if (there === undefined) return null;
  const { communicator: id, ranks: remote } = there;
  const sides = { name: 'parent', id, local: everyone, remote, isSecond: true };
  return new InterCalls(engine, sides, (formed) => new Communicator(engine, formed));
}

/** A communicator that is there from the start. */
function found(name: string, id: number, members: readonly number[], own: number): Communicator {
  const group = new Group(name, id, members, own);
  return new Communicator(engine, { group, sharing: sharingOf(engine, group, engine.host.areaOffset) });
}
