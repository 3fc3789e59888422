/**
 * What an agent and the only rank of its sandbox know together of the links that the rank uses itself: which sockets
 * there are, whose they are at the moment, and whether the agent is to watch them for the rank's event loop.
 */
import type { SandboxRanks } from '../sandbox-ranks.ts';

/** As it is handed to the rank's thread: structured clone, but the words are shared. */
export interface BareShare {
  readonly words: SharedArrayBuffer;
  /** Path of koffi's native file. */
  readonly koffi: string;
  /** Descriptors of the process: an epoll, and an event in it that wakes the rank. */
  readonly epoll: number;
  readonly alarm: number;
  readonly sandboxes: readonly SandboxRanks[];
  /** Index of the own sandbox. */
  readonly sandbox: number;
  readonly epoch: number;
}

/** Whose the sockets are. They go from one to the next, never back. */
export const Holder = { nobody: 0, offered: 1, rank: 2, agent: 3 } as const;
/** Whether the agent watches the sockets: not at all, it is asked to, it does. */
export const Watch = { none: 0, wanted: 1, running: 2 } as const;

const holderWord = 0;
const watchWord = 1;
const descriptorsWord = 16;

/** The key under which the alarm is told; sandboxes have their index. */
export const alarmKey = 0xffff_ffff;

export class BareWords {
  readonly #words: Int32Array;

  static bytesFor(sandboxes: number): number {
    return (descriptorsWord + sandboxes) * 4;
  }

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
  }

  get holder(): number {
    return Atomics.load(this.#words, holderWord);
  }

  set holder(holder: number) {
    Atomics.store(this.#words, holderWord, holder);
  }

  /** Rank: takes the sockets over, when they are offered. */
  take(): boolean {
    return Atomics.compareExchange(this.#words, holderWord, Holder.offered, Holder.rank) === Holder.offered;
  }

  get watch(): number {
    return Atomics.load(this.#words, watchWord);
  }

  set watch(watch: number) {
    Atomics.store(this.#words, watchWord, watch);
  }

  /** The socket to a sandbox; -1: there is none. */
  descriptor(sandbox: number): number {
    return Atomics.load(this.#words, descriptorsWord + sandbox) - 1;
  }

  setDescriptor(sandbox: number, descriptor: number): void {
    Atomics.store(this.#words, descriptorsWord + sandbox, descriptor + 1);
  }
}
