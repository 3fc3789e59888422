/**
 * Between pairs of ranks: latency, bw, bibw, mbw_mr.
 */
import { world } from 'tsmpi';
import { byteOf, bytesArray, fill, firstFault, type Kernel, type Memory } from './kernel.ts';

/** Messages that OSU lets fly before it waits for an answer; fewer where they are large (the twins do the same). */
const windowMax = 64;
const windowBytes = 64 * 2 ** 20;
const windowMin = 4;

const { rank, size, sync } = world;

function windowOf(bytes: number): number {
  return Math.min(windowMax, Math.max(windowMin, Math.floor(windowBytes / Math.max(1, bytes))));
}

interface Buffers {
  readonly out: Uint8Array;
  readonly into: Uint8Array;
  readonly spoil: () => void;
  readonly fault: () => string | undefined;
}

function buffers(memory: Memory, bytes: number, from: number | undefined): Buffers {
  const [out, into] = [bytesArray(memory, bytes), bytesArray(memory, bytes)];
  fill(out, (index) => byteOf(rank, index));
  const spoil = (): void => void into.fill(255);
  const fault = (): string | undefined =>
    from === undefined ? undefined : firstFault(into, (index) => byteOf(from, index));
  return { out, into, spoil, fault };
}

/** Round trips; half of one is the latency. */
export function latency(memory: Memory, bytes: number): Kernel {
  const peer = 1 - rank;
  const { out, into, spoil, fault } = buffers(memory, bytes, peer);
  const [to, from] = [{ dest: peer }, { source: peer, into }];
  return {
    sync(times) {
      for (let turn = 0; turn < times; turn += 1) {
        if (rank === 0) {
          sync.send(out, to);
          sync.recv(from);
        } else {
          sync.recv(from);
          sync.send(out, to);
        }
      }
    },
    async async(times) {
      for (let turn = 0; turn < times; turn += 1) {
        if (rank === 0) {
          await world.send(out, to);
          await world.recv(from);
        } else {
          await world.recv(from);
          await world.send(out, to);
        }
      }
    },
    spoil,
    fault,
    parts: 2,
    spaced: false,
    timed: 'root',
  };
}

/** A window of messages one way, and a small answer. */
function oneWay(memory: Memory, bytes: number, peer: number, isSender: boolean): Omit<Kernel, 'timed'> {
  const window = windowOf(bytes);
  const { out, into, spoil, fault } = buffers(memory, bytes, isSender ? undefined : peer);
  const [answer, answered] = [new Uint8Array(4), new Uint8Array(4)];
  const [to, from] = [{ dest: peer }, { source: peer, into }];
  const fromPeer = { source: peer, into: answered };
  return {
    sync(times) {
      for (let turn = 0; turn < times; turn += 1) {
        if (isSender) {
          for (let message = 0; message < window; message += 1) sync.send(out, to);
          sync.recv(fromPeer);
        } else {
          for (let message = 0; message < window; message += 1) sync.recv(from);
          sync.send(answer, to);
        }
      }
    },
    async async(times) {
      for (let turn = 0; turn < times; turn += 1) {
        const flying: Promise<unknown>[] = [];
        for (let message = 0; message < window; message += 1) {
          flying.push(isSender ? world.send(out, to) : world.recv(from));
        }
        await Promise.all(flying);
        if (isSender) await world.recv(fromPeer);
        else await world.send(answer, to);
      }
    },
    spoil,
    fault,
    parts: window,
    spaced: false,
  };
}

export function bw(memory: Memory, bytes: number): Kernel {
  return { ...oneWay(memory, bytes, 1 - rank, rank === 0), timed: 'root' };
}

/** The lower half of the ranks sends to the upper half, all pairs at once. */
export function mbwMr(memory: Memory, bytes: number): Kernel {
  const pairs = size / 2;
  return { ...oneWay(memory, bytes, (rank + pairs) % size, rank < pairs), timed: 'all' };
}

/** A window of messages each way at once. */
export function bibw(memory: Memory, bytes: number): Kernel {
  const peer = 1 - rank;
  const window = windowOf(bytes);
  const { out, into, spoil, fault } = buffers(memory, bytes, peer);
  const both = { dest: peer, source: peer, into };
  const [to, from] = [{ dest: peer }, { source: peer, into }];
  return {
    sync(times) {
      for (let turn = 0; turn < times * window; turn += 1) sync.sendrecv(out, both);
    },
    async async(times) {
      for (let turn = 0; turn < times; turn += 1) {
        const flying: Promise<unknown>[] = [];
        for (let message = 0; message < window; message += 1) flying.push(world.recv(from));
        for (let message = 0; message < window; message += 1) flying.push(world.send(out, to));
        await Promise.all(flying);
      }
    },
    spoil,
    fault,
    parts: 2 * window,
    spaced: false,
    timed: 'root',
  };
}
