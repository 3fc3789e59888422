/**
 * The C library of this process, through koffi, whose native file is loaded bare: the package's JavaScript around it
 * takes longer to load than the rest of an agent.
 */

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
