/**
 * The few calls of the C library that JavaScript has no words for: mapping a file over memory, sleeping on a word that
 * another process changes, giving the core away.
 */
import { arch } from 'node:os';
import { futexNumbers } from '../core/limits.ts';
import { type Cores, coresOf } from './cores.ts';
import { openLibrary } from './library.ts';

const futexWaitOp = 0;
const futexWakeOp = 1;
const everyone = 0x7fff_ffff;
/** EINTR. */
const interrupted = 4;

/** PROT_READ | PROT_WRITE, and MAP_SHARED | MAP_FIXED, on Linux. */
const readWrite = 3;
const sharedFixed = 0x11;

export interface Libc {
  /** Where the bytes of `view` lie. The view's memory must be kept referenced for as long as the address is used. */
  address(view: Uint8Array): number;
  /** An ordinary buffer of `bytes` bytes (not 0) over the memory at `address`, which it does not keep. */
  view(address: number, bytes: number): ArrayBuffer;
  /** Maps `bytes` of the open file over the memory at `address`. False when the kernel refuses. */
  mapFile(address: number, bytes: number, descriptor: number): boolean;
  /** Backs a range of the open file with pages. False when its file system is full. */
  back(descriptor: number, offset: number, bytes: number): boolean;
  /** Gives the core to another thread that wants it. */
  yieldCore(): void;
  /** What few ranks ask for is looked up when one does. */
  readonly cores: Cores;
  /** Sleeps while the i32 at `address` is `seen`, at most `milliseconds` (below 1000). True: it was woken. */
  futexWait(address: number, seen: number, milliseconds: number): boolean;
  /** The same on a thread of its own; `done` is called on this one's event loop. */
  futexWaitAsync(address: number, seen: number, milliseconds: number, done: () => void): void;
  /** Wakes who sleeps on the word at `address`, and tells how many did. */
  futexWake(address: number): number;
}

/** Loads the native file of koffi at `path`. Throws what the loader throws. */
export function loadLibc(path: string): Libc {
  const { call, address, view } = openLibrary(path);
  const mmap = call<[number, number, number, number, number, number], number | bigint>(
    'int64 mmap(int64 address, int64 length, int protection, int flags, int fd, int64 offset)',
  );
  const fallocate = call<[number, number, number], number>('int posix_fallocate(int fd, int64 offset, int64 length)');
  const yieldCore = call<[], number>('int sched_yield()');
  const syscall = call<[number, number, number, number, number, number, number], number>(
    'int64 syscall(int64 number, int64 word, int op, int value, int64 timeout, int64 word2, int value3)',
  );
  let cores: Cores | undefined;
  const futex = futexNumbers[arch()] ?? -1;
  // One timeout for blocking waits, of which a thread has one at a time, and one for the thread that waits beside it.
  const timeouts = new BigInt64Array(4);
  const timeoutAt = address(new Uint8Array(timeouts.buffer));
  return {
    address,
    view,
    mapFile: (at, bytes, descriptor) => Number(mmap(at, bytes, readWrite, sharedFixed, descriptor, 0)) === at,
    back: (descriptor, offset, bytes) => {
      let result = interrupted;
      while (result === interrupted) result = fallocate(descriptor, offset, bytes);
      return result === 0;
    },
    yieldCore: () => {
      yieldCore();
    },
    get cores() {
      cores ??= coresOf({ call, address });
      return cores;
    },
    futexWait: (at, seen, milliseconds) => {
      timeouts[1] = BigInt(Math.round(milliseconds * 1_000_000));
      return syscall(futex, at, futexWaitOp, seen, timeoutAt, 0, 0) === 0;
    },
    futexWaitAsync: (at, seen, milliseconds, done) => {
      timeouts[3] = BigInt(Math.round(milliseconds * 1_000_000));
      syscall.async(futex, at, futexWaitOp, seen, timeoutAt + 16, 0, 0, done);
    },
    futexWake: (at) => syscall(futex, at, futexWakeOp, everyone, 0, 0, 0),
  };
}
