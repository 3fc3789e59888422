/** The predefined ops in SIMD WebAssembly, on operands that lie in one shared memory. */

import type { OpName } from '../../runtime/core/api.ts';
import type { ElementType } from '../element-type.ts';
import { modules } from './kernels.gen.js';

/**
 * Elementwise `target = left op right`. The addresses are bytes from the start of the memory, up to 4 GiB; `count` is
 * in elements. `target` may be either operand. Any alignment will do.
 */
export type SimdLoop = (target: number, left: number, right: number, count: number) => void;

/**
 * Elementwise `target = source 0 op source 1 op …`, combined in that order, of two different sources or more.
 * `target` may be one of the first eight. Faster than a loop over pairs from three sources on: it writes the target
 * once. RangeError for fewer than two sources, and for a target among those after the eighth.
 */
export type SimdFold = (target: number, sources: readonly number[], count: number) => void;

/** `undefined` stands for what a kernel does not export: not every op is defined for every type, or has a fold. */
type Exports = Readonly<Record<string, ((...operands: number[]) => void) | undefined>>;
type ModuleName = keyof typeof modules;

/** Sources that one pass takes. */
const sourcesMax = 8;
/** Where a fold takes several passes, what it works on at a time: the target then stays in the first cache. */
const tileBytes = 16 * 1024;

const compiled = new Map<ModuleName, WebAssembly.Module | undefined>();

/** Undefined on a machine without SIMD (x86-64 before SSE 4.1). */
function compile(name: ModuleName): WebAssembly.Module | undefined {
  if (compiled.has(name)) return compiled.get(name);
  let module: WebAssembly.Module | undefined;
  try {
    module = new WebAssembly.Module(Buffer.from(modules[name], 'base64'));
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
  }
  compiled.set(name, module);
  return module;
}

/** Kernels bound to one shared memory. Each group of ops is compiled when it is first asked for. */
export class SimdKernels {
  readonly #memory: WebAssembly.Memory;
  readonly #instances = new Map<ModuleName, Exports | undefined>();
  #copy: Exports[string];

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** Undefined where the op is not defined for the type, and on a machine without SIMD. */
  loop(op: OpName, type: ElementType): SimdLoop | undefined {
    return this.#exports(moduleOf(op))?.[`${op}_${type.name}`];
  }

  /** Undefined where `loop` is. */
  fold(op: OpName, type: ElementType): SimdFold | undefined {
    const loop = this.loop(op, type);
    if (loop === undefined) return undefined;
    const wide = this.#exports(moduleOf(op))?.[`${op}_${type.name}_fold`];
    const fold = wide === undefined ? foldPairs(loop, type) : foldWide(wide, type);
    return (target, sources, count) => {
      if (sources.length < 2) throw new RangeError(`a fold of ${sources.length} sources; it takes two or more`);
      if (sources.includes(target, sourcesMax))
        throw new RangeError('the target of a fold is one of its later sources');
      fold(target, sources, count);
    };
  }

  /** Copies bytes, right also when the two overlap. There without SIMD too. */
  copy(target: number, source: number, bytes: number): void {
    this.#copy ??= this.#exports('copy')?.['copy'];
    this.#copy?.(target, source, bytes);
  }

  #exports(name: ModuleName): Exports | undefined {
    if (this.#instances.has(name)) return this.#instances.get(name);
    const module = compile(name);
    const imports = { env: { memory: this.#memory } };
    const exports = module && (new WebAssembly.Instance(module, imports).exports as Exports);
    this.#instances.set(name, exports);
    return exports;
  }
}

function moduleOf(op: OpName): ModuleName {
  return op === 'sum' || op === 'prod' || op === 'min' || op === 'max' ? op : 'bitwise';
}

function foldWide(wide: (...operands: number[]) => void, type: ElementType): SimdFold {
  const pass = (target: number, sources: readonly number[], count: number): void => {
    const at = (index: number) => sources[index] ?? 0;
    wide(target, count, sources.length, at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7));
  };
  return (target, sources, count) => {
    if (sources.length <= sourcesMax) {
      pass(target, sources, count);
      return;
    }
    forTiles(count, type, (offset, length) => {
      pass(target + offset, shifted(sources.slice(0, sourcesMax), offset), length);
      for (let next = sourcesMax; next < sources.length; next += sourcesMax - 1) {
        pass(target + offset, shifted([target, ...sources.slice(next, next + sourcesMax - 1)], offset), length);
      }
    });
  };
}

/** Logical and bitwise ops, which do not mind the order: the target goes first, before it is overwritten. */
function foldPairs(loop: SimdLoop, type: ElementType): SimdFold {
  return (target, sources, count) => {
    const others = sources.filter((source) => source !== target);
    const [first = target, ...rest] = others.length === sources.length ? others : [target, ...others];
    forTiles(count, type, (offset, length) => {
      rest.forEach((source, index) => {
        loop(target + offset, (index === 0 ? first : target) + offset, source + offset, length);
      });
    });
  };
}

/** Calls `run` with the byte offset and the elements of each tile. */
function forTiles(count: number, type: ElementType, run: (offset: number, length: number) => void): void {
  const tile = tileBytes / type.bytes;
  for (let done = 0; done < count; done += tile) run(done * type.bytes, Math.min(tile, count - done));
}

function shifted(addresses: readonly number[], offset: number): number[] {
  return addresses.map((address) => address + offset);
}
