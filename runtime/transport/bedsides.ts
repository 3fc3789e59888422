/**
 * How ranks sleep and are woken. Whoever is about to sleep announces it, looks once more, and then sleeps on its epoch;
 * whoever has something for it publishes that first, and then looks for the announcement: one of the two sees the
 * other. An announcement is good for one wake, so a sender that finds a rank awake, or woken, pays one load. A rank
 * sleeps with its thread (a futex, or `Atomics.wait` in a segment of one process), or in its event loop
 * (`Atomics.waitAsync`), which no other process can reach: there it rings the bell of the rank's process, whose agent
 * passes it on.
 */
import { writeSync } from 'node:fs';
import { futexSleepMsMax } from '../core/limits.ts';
import { lineWords, rankWords } from './host-layout.ts';
import type { Libc } from './libc.ts';
import type { RankCores } from './parting.ts';

const epochWord = 0;
const sleepersWord = 1;
/** Where the rank ran when it last told, from 1 on. */
const coreWord = 2;

/** How a rank sleeps: with its thread, in its event loop, or with its thread in its sockets. */
export const Sleeper = { thread: 1, eventLoop: 2, sockets: 4 } as const;
export type Sleeper = (typeof Sleeper)[keyof typeof Sleeper];

export interface BedsidePlaces {
  readonly words: Int32Array;
  /** Index of the first home's bell, and of the first rank's words. */
  readonly bells: number;
  readonly bedsides: number;
  /** Rank → home, and the home of this process. */
  readonly homes: Int32Array;
  readonly home: number;
  /** The event that wakes who sleeps in its sockets; -1: nobody does. */
  readonly alarm: number;
}

/** What is written to an event. */
const one = new Uint8Array(new BigUint64Array([1n]).buffer);

export class Bedsides implements RankCores {
  readonly #words: Int32Array;
  readonly #bells: number;
  readonly #bedsides: number;
  readonly #homes: Int32Array;
  readonly #home: number;
  readonly #alarm: number;
  readonly #libc: Libc | null;
  readonly #base: number;
  #listening = false;

  /** `base`: the segment's address in this process. */
  constructor(places: BedsidePlaces, libc: Libc | null, base: number) {
    this.#words = places.words;
    this.#bells = places.bells;
    this.#bedsides = places.bedsides;
    this.#homes = places.homes;
    this.#home = places.home;
    this.#alarm = places.alarm;
    this.#libc = libc;
    this.#base = base;
  }

  /**
   * Announces that `rank` is about to sleep; what it then finds by looking once more, it need not sleep for, and what
   * comes later wakes it. Gives what `sleep` and `sleepAsync` take.
   */
  announceSleep(rank: number, how: Sleeper): number {
    const at = this.#bedside(rank);
    const seen = Atomics.load(this.#words, at + epochWord);
    Atomics.or(this.#words, at + sleepersWord, how);
    return seen;
  }

  /** It does not sleep after all. */
  cancelSleep(rank: number, how: Sleeper): void {
    Atomics.and(this.#words, this.#bedside(rank) + sleepersWord, ~how);
  }

  /** True when the event loop of `rank` sleeps, or is about to. */
  inEventLoop(rank: number): boolean {
    return (Atomics.load(this.#words, this.#bedside(rank) + sleepersWord) & Sleeper.eventLoop) !== 0;
  }

  /** Blocks the thread until `rank` is woken, at most `timeoutMs`; may return early. */
  sleep(rank: number, seen: number, timeoutMs: number): void {
    const word = this.#bedside(rank) + epochWord;
    if (this.#libc === null) Atomics.wait(this.#words, word, seen, timeoutMs);
    // A thread in a system call cannot be ended from outside: it must look up now and then.
    else this.#libc.futexWait(this.#base + word * 4, seen, Math.ceil(Math.min(timeoutMs, futexSleepMsMax)));
    this.cancelSleep(rank, Sleeper.thread);
  }

  wakeAll(): void {
    for (let rank = 0; rank < this.#homes.length; rank += 1) this.wake(rank);
  }

  /** Sleeps while the word at index `word` is `seen`, at most `milliseconds`; only `wakeWord` interrupts it. */
  sleepOnWord(word: number, seen: number, milliseconds: number): void {
    if (this.#libc === null) Atomics.wait(this.#words, word, seen, milliseconds);
    else this.#libc.futexWait(this.#base + word * 4, seen, milliseconds);
  }

  /** Wakes all who sleep on the word at index `word`. */
  wakeWord(word: number): void {
    if (this.#libc === null) Atomics.notify(this.#words, word);
    else this.#libc.futexWake(this.#base + word * 4);
  }

  /** Gives the core to another thread, where there is a way to. */
  yieldCore(): void {
    this.#libc?.yieldCore();
  }

  sharesCore(rank: number): boolean {
    if (this.#libc === null) return false;
    const core = this.#tellCore(rank, this.#libc);
    for (let other = 0; other < this.#homes.length; other += 1) {
      if (other !== rank && this.#words[this.#bedside(other) + coreWord] === core) return true;
    }
    return false;
  }

  leaveCore(rank: number): void {
    if (this.#libc === null) return;
    this.#libc.cores.leave();
    this.#tellCore(rank, this.#libc);
  }

  /** Resolves when `rank` is woken; null when it was already. It does not hold the event loop. */
  sleepAsync(rank: number, seen: number): Promise<unknown> | null {
    const wait = Atomics.waitAsync(this.#words, this.#bedside(rank) + epochWord, seen);
    return wait.async ? wait.value : null;
  }

  /** Wakes `rank` if it sleeps, or is about to. Cheap when it does not. To be called after what it shall see. */
  wake(rank: number): void {
    if (Atomics.load(this.#words, this.#bedside(rank) + sleepersWord) !== 0) this.#rouse(rank);
  }

  /**
   * For the agent of a home: from now on wakes of its ranks' event loops that come from other processes are passed on.
   */
  listen(): void {
    if (this.#libc === null || this.#listening) return;
    this.#listening = true;
    this.#listen(this.#libc);
  }

  /** Ends `listen`. */
  hush(): void {
    if (!this.#listening) return;
    this.#listening = false;
    this.#ring(this.#home);
  }

  #tellCore(rank: number, libc: Libc): number {
    const core = libc.cores.current() + 1;
    Atomics.store(this.#words, this.#bedside(rank) + coreWord, core);
    return core;
  }

  #listen(libc: Libc): void {
    if (!this.#listening) return;
    const bell = this.#bells + this.#home * lineWords;
    const seen = Atomics.load(this.#words, bell);
    this.#homes.forEach((home, rank) => {
      if (home === this.#home) Atomics.notify(this.#words, this.#bedside(rank) + epochWord);
    });
    libc.futexWaitAsync(this.#base + bell * 4, seen, futexSleepMsMax, () => {
      this.#listen(libc);
    });
  }

  #rouse(rank: number): void {
    const at = this.#bedside(rank);
    const how = Atomics.exchange(this.#words, at + sleepersWord, 0);
    if (how === 0) return;
    Atomics.add(this.#words, at + epochWord, 1);
    if ((how & Sleeper.sockets) !== 0) writeSync(this.#alarm, one);
    if (this.#libc === null) {
      Atomics.notify(this.#words, at + epochWord);
      return;
    }
    if ((how & Sleeper.thread) !== 0) this.#libc.futexWake(this.#base + (at + epochWord) * 4);
    if ((how & Sleeper.eventLoop) === 0) return;
    const home = this.#homes[rank] ?? 0;
    if (home === this.#home) Atomics.notify(this.#words, at + epochWord);
    else this.#ring(home);
  }

  #ring(home: number): void {
    const bell = this.#bells + home * lineWords;
    Atomics.add(this.#words, bell, 1);
    this.#libc?.futexWake(this.#base + bell * 4);
  }

  #bedside(rank: number): number {
    return this.#bedsides + rank * rankWords;
  }
}
