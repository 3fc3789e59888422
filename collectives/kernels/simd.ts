/** The predefined ops in SIMD WebAssembly, on operands that lie in one shared memory. */

import type { OpName } from '../../runtime/core/api.ts';
import type { ElementType } from '../element-type.ts';
import { modules } from './kernels.gen.js';

/**
 * Elementwise `target = source 0 op source 1 op …`, combined in that order, of two sources or more. The first lies at
 * `first`, the others `stride` bytes apart. Addresses are bytes from the start of the memory, up to 4 GiB, of any
 * alignment; `count` is in elements. The target may be the first or the second source, and overlaps no other.
 */
export type SimdFold = (target: number, first: number, stride: number, sources: number, count: number) => void;

/**
 * The same of sources whose addresses, unsigned 32-bit words, stand in a table: the first at `table`, the others
 * `stride` bytes apart. `offset` is added to each.
 */
export type SimdTableFold = (
  target: number,
  table: number,
  stride: number,
  sources: number,
  count: number,
  offset: number,
) => void;

/** Each source, of those in a table, becomes what it and all before it combine to; the first one stays. */
export type SimdTableScan = (table: number, stride: number, sources: number, count: number, offset: number) => void;

/** The kernels of one op and element type. */
export interface SimdLoops {
  readonly fold: SimdFold;
  readonly foldTable: SimdTableFold;
  readonly scanTable: SimdTableScan;
}

/** `undefined` stands for what a module does not export: not every op is defined for every type. */
type Exports = Readonly<Record<string, ((...operands: number[]) => void) | undefined>>;
type ModuleName = keyof typeof modules;

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

const ofMemory = new WeakMap<WebAssembly.Memory, SimdKernels>();

/** Kernels bound to one shared memory. Each group of ops is compiled when it is first asked for. */
export class SimdKernels {
  readonly #memory: WebAssembly.Memory;
  readonly #instances = new Map<ModuleName, Exports | undefined>();
  readonly #loops = new Map<ElementType, Map<OpName, SimdLoops | undefined>>();
  #copy: Exports[string];

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** Those of `memory`, the same ones each time. */
  static of(memory: WebAssembly.Memory): SimdKernels {
    let kernels = ofMemory.get(memory);
    if (kernels === undefined) {
      kernels = new SimdKernels(memory);
      ofMemory.set(memory, kernels);
    }
    return kernels;
  }

  /** Undefined where the op is not defined for the type, and on a machine without SIMD. */
  loops(op: OpName, type: ElementType): SimdLoops | undefined {
    let known = this.#loops.get(type);
    if (known === undefined) this.#loops.set(type, (known = new Map<OpName, SimdLoops | undefined>()));
    if (!known.has(op)) known.set(op, this.#find(`${op}_${type.name}`, moduleOf(op)));
    return known.get(op);
  }

  /** Copies bytes, right also when the two overlap. There without SIMD too. */
  copy(target: number, source: number, bytes: number): void {
    this.#copy ??= this.#exports('copy')?.['copy'];
    this.#copy?.(target, source, bytes);
  }

  #find(name: string, module: ModuleName): SimdLoops | undefined {
    const exports = this.#exports(module);
    const fold = exports?.[`${name}_fold`];
    const foldTable = exports?.[`${name}_foldTable`];
    const scanTable = exports?.[`${name}_scanTable`];
    if (fold === undefined || foldTable === undefined || scanTable === undefined) return undefined;
    return { fold, foldTable, scanTable };
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
