/**
 * `import … from 'tsmpi/collectives'`: the collectives as functions, for numeric code. Each is the Communicator call of
 * its name, on `world` unless `comm` says otherwise.
 *
 * @example
 * import { allreduce } from 'tsmpi/collectives';
 * const total = await allreduce(new Float64Array([1, 2, 3]));
 */
import type { Collectives } from './core/api.ts';
import { type Communicator, world } from './index.ts';

type Functions = Collectives<'async', { comm?: Communicator }>;

interface WithCommunicator {
  readonly comm?: Communicator | undefined;
}

/** The function for a call whose options come at `position`. */
function on<Name extends keyof Collectives>(name: Name, position: 0 | 1): Functions[Name] {
  const call = (...args: unknown[]): unknown => {
    const communicator = (args[position] as WithCommunicator | undefined)?.comm ?? world;
    const method = communicator[name] as (...args: unknown[]) => unknown;
    return method.apply(communicator, args);
  };
  // The overloads of the two are the same but for `comm`; no type can say that of a rest parameter.
  return call as Functions[Name];
}

export const barrier = on('barrier', 0);
export const broadcast = on('broadcast', 1);
export const reduce = on('reduce', 1);
export const allreduce = on('allreduce', 1);
export const sumExact = on('sumExact', 1);
export const allreduceLocation = on('allreduceLocation', 1);
export const gather = on('gather', 1);
export const allgather = on('allgather', 1);
export const scatter = on('scatter', 1);
export const alltoall = on('alltoall', 1);
export const reduceScatter = on('reduceScatter', 1);
export const scan = on('scan', 1);
export const exscan = on('exscan', 1);
