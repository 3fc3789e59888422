/** On which core a thread runs, and how it goes to another one. */
import type { Library } from './library.ts';

/** Room for the set of 8192 cores. */
const setBytes = 1024;

export interface Cores {
  /** The core that the calling thread runs on. */
  current(): number;
  /** Moves the calling thread to another one, where there is one that it may use; the kernel may move it back later. */
  leave(): void;
}

export function coresOf({ call, address }: Pick<Library, 'call' | 'address'>): Cores {
  const current = call<[], number>('int sched_getcpu()');
  const getCores = call<[number, number, number], number>('int sched_getaffinity(int thread, int64 bytes, int64 set)');
  const setCores = call<[number, number, number], number>('int sched_setaffinity(int thread, int64 bytes, int64 set)');
  const allowed = new Uint8Array(setBytes);
  const others = new Uint8Array(setBytes);
  const [allowedAt, othersAt] = [address(allowed), address(others)];
  return {
    current,
    // It forbids itself the core that it runs on, and at once allows it again. Thread 0 is the calling one.
    leave: () => {
      const core = current();
      if (core < 0 || core >= setBytes * 8 || getCores(0, setBytes, allowedAt) !== 0) return;
      others.set(allowed);
      others[core >> 3] = (others[core >> 3] ?? 0) & ~(1 << (core & 7));
      // Refused where that leaves none.
      if (setCores(0, setBytes, othersAt) === 0) setCores(0, setBytes, allowedAt);
    },
  };
}
