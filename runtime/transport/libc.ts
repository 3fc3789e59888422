/**
 * The few calls of the C library that JavaScript has no words for: mapping a file over memory, sleeping on a word that
 * another process changes, giving the core away. They come through koffi, whose native file is
 * loaded bare: the package's JavaScript around it takes longer to load than the rest of an agent.
 */
import { arch } from 'node:os';
import { futexNumbers } from '../core/limits.ts';

/** A function of the C library, on this thread, or on one of its own. */
export type Call<A extends readonly unknown[], R> = ((...args: A) => R) & {
  async(...args: [...A, (error: Error | null, result: R) => void]): void;
};

/** What koffi's native file exports, as far as it is used here. */
interface Koffi {
  load(path: null): { func(prototype: string): unknown };
  address(bytes: ArrayBufferView): bigint;
  view(address: number, bytes: number): ArrayBuffer;
  errno(): number;
}

/** The C library of this process. */
export interface Library {
  /** The function that `prototype` declares. Addresses are numbers: user space has 47 bits where koffi loads. */
  readonly call: <A extends readonly unknown[], R>(prototype: string) => Call<A, R>;
  readonly address: (view: ArrayBufferView) => number;
  /** An ordinary buffer of `bytes` bytes (not 0) over the memory at `address`, which it does not keep. */
  readonly view: (address: number, bytes: number) => ArrayBuffer;
  /** Why the last call of this thread failed. */
  readonly errno: () => number;
}

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
  /** Sleeps while the i32 at `address` is `seen`, at most `milliseconds` (below 1000). True: it was woken. */
  futexWait(address: number, seen: number, milliseconds: number): boolean;
  /** The same on a thread of its own; `done` is called on this one's event loop. */
  futexWaitAsync(address: number, seen: number, milliseconds: number, done: () => void): void;
  /** Wakes who sleeps on the word at `address`, and tells how many did. */
  futexWake(address: number): number;
}

/** Loads the native file of koffi at `path`. Throws what the loader throws. */
export function openLibrary(path: string): Library {
  const module = { exports: {} };
  process.dlopen(module, path);
  const koffi = module.exports as Koffi;
  const library = koffi.load(null);
  return {
    call: <A extends readonly unknown[], R>(prototype: string) => library.func(prototype) as Call<A, R>,
    address: (view) => Number(koffi.address(view)),
    view: (at, bytes) => koffi.view(at, bytes),
    errno: () => koffi.errno(),
  };
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
