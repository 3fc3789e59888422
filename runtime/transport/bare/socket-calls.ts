/**
 * The system calls on sockets that a rank's thread makes itself, through koffi. All take addresses: of the own buffers
 * they are asked for once. The sockets are nonblocking; what fails gives -1, and `errno` says why.
 */
import { arch } from 'node:os';
import { openLibrary } from '../library.ts';

/** Numbers of Linux. */
export const Errno = { interrupted: 4, again: 11 } as const;
export const Epoll = { add: 1, remove: 2, change: 3, readable: 1, writable: 4, broken: 8, hungUp: 16 } as const;
const closeOnExec = 0o2000000;
const nonBlocking = 0o4000;
const solSocket = 1;
const soSendBuffer = 7;

/** `struct epoll_event` is packed on x86-64 alone. */
export const eventBytes = arch() === 'x64' ? 12 : 16;
const eventKeyAt = arch() === 'x64' ? 4 : 8;

export interface SocketCalls {
  /** Where the bytes of `view` lie; its memory must stay referenced. */
  address(view: ArrayBufferView): number;
  errno(): number;
  read(descriptor: number, address: number, bytes: number): number;
  write(descriptor: number, address: number, bytes: number): number;
  /** The same with `pieces` pieces of memory, whose addresses and lengths stand at `vector`. */
  readPieces(descriptor: number, vector: number, pieces: number): number;
  writePieces(descriptor: number, vector: number, pieces: number): number;
  /** Asks for a larger buffer towards the peer; the system gives what it allows. */
  enlargeSendBuffer(descriptor: number, bytes: number): void;
  /** Gives the core to another thread that wants it. */
  yieldCore(): void;
  /** A new epoll, and a new event that wakes who waits in it; -1 where there are no more descriptors. */
  createEpoll(): number;
  createEvent(): number;
  /** Says which `events` of a descriptor are waited for, and under which key they are told. */
  control(epoll: number, operation: number, descriptor: number, events: number, key: number): void;
  /** Waits at most `milliseconds` and writes up to `most` events to `address`; gives their number. */
  wait(epoll: number, address: number, most: number, milliseconds: number): number;
  /** The same on a thread of its own; `done` is called on this one's event loop. */
  waitAsync(epoll: number, address: number, most: number, milliseconds: number, done: (events: number) => void): void;
}

/** Key and bits of event `index` of those that `wait` has written to `view`. */
export function eventKey(view: DataView, index: number): number {
  return view.getUint32(index * eventBytes + eventKeyAt, true);
}

export function eventBits(view: DataView, index: number): number {
  return view.getUint32(index * eventBytes, true);
}

/** Throws what the loader throws. */
export function loadSocketCalls(koffi: string): SocketCalls {
  const { call, address, errno } = openLibrary(koffi);
  const read = call<[number, number, number], number>('int64 read(int fd, int64 address, int64 bytes)');
  const write = call<[number, number, number], number>('int64 write(int fd, int64 address, int64 bytes)');
  const readv = call<[number, number, number], number>('int64 readv(int fd, int64 vector, int pieces)');
  const writev = call<[number, number, number], number>('int64 writev(int fd, int64 vector, int pieces)');
  const setOption = call<[number, number, number, Int32Array, number], number>(
    'int setsockopt(int fd, int level, int name, const void* value, int bytes)',
  );
  const yieldCore = call<[], number>('int sched_yield()');
  const createEpoll = call<[number], number>('int epoll_create1(int flags)');
  const createEvent = call<[number, number], number>('int eventfd(uint32 value, int flags)');
  const control = call<[number, number, number, Uint8Array], number>(
    'int epoll_ctl(int epoll, int operation, int fd, const void* event)',
  );
  const wait = call<[number, number, number, number], number>(
    'int epoll_wait(int epoll, int64 events, int most, int milliseconds)',
  );
  return {
    address,
    errno,
    read,
    write,
    readPieces: readv,
    writePieces: writev,
    enlargeSendBuffer: (descriptor, bytes) => {
      setOption(descriptor, solSocket, soSendBuffer, Int32Array.of(bytes), 4);
    },
    yieldCore: () => {
      yieldCore();
    },
    createEpoll: () => createEpoll(closeOnExec),
    createEvent: () => createEvent(0, closeOnExec | nonBlocking),
    control: (epoll, operation, descriptor, events, key) => {
      const event = new Uint8Array(eventBytes);
      const view = new DataView(event.buffer);
      view.setUint32(0, events, true);
      view.setUint32(eventKeyAt, key, true);
      control(epoll, operation, descriptor, event);
    },
    wait,
    waitAsync: (epoll, at, most, milliseconds, done) => {
      wait.async(epoll, at, most, milliseconds, (error, events) => {
        done(error === null ? events : 0);
      });
    },
  };
}
