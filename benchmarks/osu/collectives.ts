/**
 * The collectives under OSU's names. Sizes are OSU's: of the message that each rank passes; of allgather's and
 * alltoall's, of one piece. Reductions sum doubles, the others move bytes.
 */
import { world } from 'tsmpi';
import {
  byteOf,
  bytesArray,
  doublesArray,
  fill,
  firstFault,
  type Kernel,
  type Memory,
  sumOf,
  termOf,
} from './kernel.ts';

type Build = (memory: Memory, bytes: number) => Kernel;

const { rank, size, sync } = world;
const root = 0;

/** A kernel of one call, given blocking and awaited. */
function calls(
  blocking: () => unknown,
  awaited: () => Promise<unknown>,
  results: { into?: Uint8Array | Float64Array; expected?: (index: number) => number },
  spaced = false,
): Kernel {
  const { into, expected } = results;
  return {
    sync(times) {
      for (let turn = 0; turn < times; turn += 1) blocking();
    },
    async async(times) {
      for (let turn = 0; turn < times; turn += 1) await awaited();
    },
    spoil() {
      into?.fill(255);
    },
    fault() {
      return into === undefined || expected === undefined ? undefined : firstFault(into, expected);
    },
    parts: 1,
    spaced,
    timed: 'all',
  };
}

function terms(memory: Memory, bytes: number): Float64Array {
  const data = doublesArray(memory, bytes / 8);
  fill(data, (index) => termOf(rank, index));
  return data;
}

const allreduce: Build = (memory, bytes) => {
  const [data, into] = [terms(memory, bytes), doublesArray(memory, bytes / 8)];
  const options = { into };
  const expected = (index: number): number => sumOf(size, index);
  return calls(
    () => sync.allreduce(data, options),
    () => world.allreduce(data, options),
    { into, expected },
  );
};

const bcast: Build = (memory, bytes) => {
  const isRoot = rank === root;
  const data = bytesArray(memory, bytes);
  if (isRoot) fill(data, (index) => byteOf(root, index));
  // In place on every rank, as in MPI: the root's result is its own array.
  const options = { root, into: data };
  const passed = isRoot ? data : undefined;
  const results = isRoot ? {} : { into: data, expected: (index: number): number => byteOf(root, index) };
  return calls(
    () => sync.broadcast(passed, options),
    () => world.broadcast(passed, options),
    results,
    true,
  );
};

const reduce: Build = (memory, bytes) => {
  const [data, into] = [terms(memory, bytes), doublesArray(memory, bytes / 8)];
  const options = rank === root ? { root, into } : { root };
  const results = rank === root ? { into, expected: (index: number): number => sumOf(size, index) } : {};
  return calls(
    () => sync.reduce(data, options),
    () => world.reduce(data, options),
    results,
    true,
  );
};

const allgather: Build = (memory, bytes) => {
  const [data, into] = [bytesArray(memory, bytes), bytesArray(memory, bytes * size)];
  fill(data, (index) => byteOf(rank, index));
  const options = { into };
  const expected = (index: number): number => byteOf(Math.floor(index / bytes), index % bytes);
  return calls(
    () => sync.allgather(data, options),
    () => world.allgather(data, options),
    { into, expected },
  );
};

const alltoall: Build = (memory, bytes) => {
  const [data, into] = [bytesArray(memory, bytes * size), bytesArray(memory, bytes * size)];
  // The piece for rank d begins like a message of sender rank + 3 d.
  fill(data, (index) => byteOf(rank + 3 * Math.floor(index / bytes), index % bytes));
  const options = { into };
  const expected = (index: number): number => byteOf(Math.floor(index / bytes) + 3 * rank, index % bytes);
  return calls(
    () => sync.alltoall(data, options),
    () => world.alltoall(data, options),
    { into, expected },
  );
};

/** Elements of each rank: even, the first ranks one more where it does not divide. */
function pieces(elements: number): { counts: number[]; start: number; mine: number } {
  const counts = Array.from({ length: size }, (_, at) => Math.floor(elements / size) + (at < elements % size ? 1 : 0));
  const start = counts.slice(0, rank).reduce((sum, count) => sum + count, 0);
  return { counts, start, mine: counts[rank] ?? 0 };
}

const reduceScatter: Build = (memory, bytes) => {
  const { counts, start, mine } = pieces(bytes / 8);
  const [data, into] = [terms(memory, bytes), doublesArray(memory, mine)];
  const options = (bytes / 8) % size === 0 ? { into } : { into, counts };
  const expected = (index: number): number => sumOf(size, start + index);
  return calls(
    () => sync.reduceScatter(data, options),
    () => world.reduceScatter(data, options),
    { into, expected },
  );
};

const scan: Build = (memory, bytes) => {
  const [data, into] = [terms(memory, bytes), doublesArray(memory, bytes / 8)];
  const options = { into };
  const expected = (index: number): number => sumOf(rank + 1, index);
  return calls(
    () => sync.scan(data, options),
    () => world.scan(data, options),
    { into, expected },
    true,
  );
};

const barrier: Build = () =>
  calls(
    () => sync.barrier(),
    () => world.barrier(),
    {},
  );

export const collectives = {
  allreduce,
  bcast,
  reduce,
  allgather,
  alltoall,
  reduce_scatter: reduceScatter,
  scan,
  barrier,
};
