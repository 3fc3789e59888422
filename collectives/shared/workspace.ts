/** What a rank has for its calls on one team: staging in the segment, and kernels that work there. */
import type { NumericArray, OpName } from '../../runtime/core/api.ts';
import type { TsmpiError } from '../../runtime/core/errors.ts';
import { slotPayloadBytes, type Team } from '../../runtime/comm/team.ts';
import type { ElementType } from '../element-type.ts';
import { type Kernel, kernelOf } from '../kernels/kernel.ts';
import { SimdKernels, type SimdLoops } from '../kernels/simd.ts';
import type { Operands } from './operands.ts';
import { tileBytesOf } from './tuning.ts';

/** A predefined reduction, as every rank knows it. */
export interface Reduction {
  readonly op: OpName;
  readonly type: ElementType;
}

/** Operands at a constant distance. */
interface Strided {
  readonly first: number;
  readonly stride: number;
  readonly count: number;
}

export class Workspace {
  readonly tileBytes: number;
  readonly kernels: SimdKernels;
  readonly #team: Team;
  /** Four tiles: two for what this rank shows, two for what it has reduced, used in turn. */
  #staging = 0;
  #turn = 0;
  #scratch = 0;
  readonly #scratches: NumericArray[] = [];
  /** Where addresses of sources are written for a kernel. */
  #table = 0;
  /** Kernels by the word of their operands; null where there is no SIMD. */
  readonly #loops: (SimdLoops | null)[] = [];

  constructor(team: Team) {
    this.#team = team;
    this.tileBytes = tileBytesOf(team.size, team.counting);
    this.kernels = SimdKernels.of(team.host.memory);
  }

  /**
   * The next tile to show something in, and one for a result. What lay there two turns ago nobody reads any more: every
   * rank has arrived at a step since it was read.
   */
  next(): { readonly shown: number; readonly result: number } {
    if (this.#staging === 0) {
      this.#staging = this.#team.heap.allocate(4 * this.tileBytes);
      if (this.#staging === 0) throw this.#full();
    }
    this.#turn ^= 1;
    const shown = this.#staging + this.#turn * 2 * this.tileBytes;
    return { shown, result: shown + this.tileBytes };
  }

  /** Room for the payload of a slot, for this rank alone. */
  get scratch(): number {
    if (this.#scratch === 0) this.#scratch = this.#team.heap.allocate(slotPayloadBytes);
    if (this.#scratch === 0) throw this.#full();
    return this.#scratch;
  }

  /** The same as an array of `type`. */
  scratchOf(type: ElementType): NumericArray {
    return (this.#scratches[type.code] ??= this.#view(type, this.scratch, Math.floor(slotPayloadBytes / type.bytes)));
  }

  /** Reduces `length` elements of each of `count` operands, which lie `stride` bytes apart from `first` on. */
  foldStrided(operands: Operands, target: number, { first, stride, count }: Strided, length: number): void {
    const { word, op, type } = operands;
    let loops = this.#loops[word];
    if (loops === undefined) this.#loops[word] = loops = this.kernels.loops(op, type) ?? null;
    if (loops !== null) {
      loops.fold(target, first, stride, count, length);
      return;
    }
    const sources = Array.from({ length: count }, (_, index) => first + index * stride);
    this.#foldPlain(operands, target, sources, length);
  }

  /** Reduces `bytes` at each of `sources`, in their order, to `target`, which may be the only later use of a source. */
  fold({ op, type }: Reduction, target: number, sources: readonly number[], bytes: number): void {
    const count = bytes / type.bytes;
    const [first = 0, second = 0] = sources;
    if (count === 0) return;
    if (sources.length === 1) {
      if (target !== first) this.kernels.copy(target, first, bytes);
      return;
    }
    const loops = this.kernels.loops(op, type);
    if (loops === undefined) this.#foldPlain({ op, type }, target, sources, count);
    else if (sources.length === 2) loops.fold(target, first, second - first, 2, count);
    else loops.foldTable(target, this.#tableOf(sources), 4, sources.length, count, 0);
  }

  #tableOf(sources: readonly number[]): number {
    const bytes = sources.length * 4;
    if (this.#table === 0) this.#table = this.#team.heap.allocate(bytes);
    if (this.#table === 0) throw this.#full();
    sources.forEach((source, index) => {
      this.#team.host.words[this.#table / 4 + index] = source;
    });
    return this.#table;
  }

  #full(): TsmpiError {
    const remedy = 'release arrays of alloc that are no longer used, or give the job more shared memory';
    return this.#team.failure('ERR_UNSUPPORTED', 'the segment has no room for staging', remedy);
  }

  /** Without SIMD. */
  #foldPlain({ op, type }: Reduction, target: number, sources: readonly number[], count: number): void {
    const { combine } = kernelOf(op, type) as Kernel;
    const [first, ...rest] = sources.map((source) => this.#view(type, source, count));
    const result = this.#view(type, target, count);
    let sum = first;
    for (const operand of rest) {
      if (sum !== undefined) combine(result, sum, operand);
      sum = result;
    }
  }

  #view(type: ElementType, at: number, count: number): InstanceType<ElementType['constructor']> {
    return new type.constructor(this.#team.host.buffer as unknown as ArrayBuffer, at, count);
  }
}

const workspaces = new WeakMap<Team, Workspace>();

export function workspaceOf(team: Team): Workspace {
  let workspace = workspaces.get(team);
  if (workspace === undefined) {
    workspace = new Workspace(team);
    workspaces.set(team, workspace);
  }
  return workspace;
}
