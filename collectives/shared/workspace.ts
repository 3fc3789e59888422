/** What a rank has for its calls on one team: staging in the segment, and kernels that work there. */
import type { NumericArray } from '../../runtime/core/api.ts';
import type { TsmpiError } from '../../runtime/core/errors.ts';
import { slotPayloadBytes, type Team } from '../../runtime/comm/team.ts';
import type { ElementType } from '../element-type.ts';
import { SimdKernels, type SimdLoops } from '../kernels/simd.ts';
import type { Operands } from './operands.ts';
import { Staging } from './staging.ts';

/** Operands at a constant distance. */
interface Strided {
  readonly first: number;
  readonly stride: number;
  readonly count: number;
}

/** Operands whose addresses stand in a table; `offset` is added to each. */
export interface Sources {
  readonly table: number;
  readonly stride: number;
  readonly count: number;
  readonly offset: number;
}

export class Workspace {
  readonly staging: Staging;
  readonly kernels: SimdKernels;
  readonly #team: Team;
  #scratch = 0;
  readonly #scratches: NumericArray[] = [];
  /** A word for each rank, for addresses of sources. */
  #table = 0;
  /** Kernels by the word of their operands; null where there is no SIMD. */
  readonly #loops: (SimdLoops | null)[] = [];

  constructor(team: Team) {
    this.#team = team;
    this.staging = new Staging(team);
    this.kernels = SimdKernels.of(team.host.memory);
  }

  /** Room for the payload of a slot, for this rank alone. */
  get scratch(): number {
    if (this.#scratch === 0) this.#scratch = this.#team.heap.allocate(slotPayloadBytes);
    if (this.#scratch === 0) throw this.#full();
    return this.#scratch;
  }

  /** The same as an array of `type`. */
  scratchOf(type: ElementType): NumericArray {
    return (this.#scratches[type.code] ??= this.#team.host
      .region(this.scratch, slotPayloadBytes)
      .part(type.code, 0, slotPayloadBytes));
  }

  /** Reduces `length` elements of each of `count` operands, which lie `stride` bytes apart from `first` on. */
  foldStrided(operands: Operands, target: number, { first, stride, count }: Strided, length: number): void {
    const loops = this.#loopsOf(operands);
    if (loops !== null) {
      loops.fold(target, first, stride, count, length);
      return;
    }
    const sources = Array.from({ length: count }, (_, index) => first + index * stride);
    this.#foldPlain(operands, target, sources, length);
  }

  /** Reduces `bytes` of each of the sources, in their order, to `target`, which may be the first or the second one. */
  fold(operands: Operands, target: number, sources: Sources, bytes: number): void {
    const { table, stride, count, offset } = sources;
    const length = bytes / operands.type.bytes;
    if (length === 0) return;
    if (count === 1) {
      this.kernels.copy(target, this.#addressAt(table) + offset, bytes);
      return;
    }
    const loops = this.#loopsOf(operands);
    if (loops === null) this.#foldPlain(operands, target, this.#addresses(sources), length);
    else loops.foldTable(target, table, stride, count, length, offset);
  }

  /** Leaves with `bytes` of each source what it and those before it combine to. */
  scan(operands: Operands, sources: Sources, bytes: number): void {
    const { table, stride, count, offset } = sources;
    const length = bytes / operands.type.bytes;
    const loops = this.#loopsOf(operands);
    if (loops !== null) {
      loops.scanTable(table, stride, count, length, offset);
      return;
    }
    const addresses = this.#addresses(sources);
    addresses.forEach((at, index) => {
      if (index > 0) this.#foldPlain(operands, at, [addresses[index - 1] ?? 0, at], length);
    });
  }

  /** Writes the address that `addressOf` gives for each rank into a table of this rank's own. */
  list(addressOf: (rank: number) => number): Sources {
    const { size, heap, host } = this.#team;
    if (this.#table === 0) this.#table = heap.allocate(size * 4);
    if (this.#table === 0) throw this.#full();
    for (let rank = 0; rank < size; rank += 1) host.words[this.#table / 4 + rank] = addressOf(rank);
    return { table: this.#table, stride: 4, count: size, offset: 0 };
  }

  #loopsOf({ word, op, type }: Operands): SimdLoops | null {
    let loops = this.#loops[word];
    if (loops === undefined) this.#loops[word] = loops = (op === null ? null : this.kernels.loops(op, type)) ?? null;
    return loops;
  }

  #addressAt(entry: number): number {
    return (this.#team.host.words[entry / 4] ?? 0) >>> 0;
  }

  #addresses({ table, stride, count, offset }: Sources): number[] {
    return Array.from({ length: count }, (_, index) => this.#addressAt(table + index * stride) + offset);
  }

  #full(): TsmpiError {
    const remedy = 'release arrays of alloc that are no longer used, or give the job more shared memory';
    return this.#team.failure('ERR_UNSUPPORTED', 'the segment has no room for staging', remedy);
  }

  /** Without SIMD. */
  #foldPlain({ kernel, type }: Operands, target: number, sources: readonly number[], count: number): void {
    const { combine } = kernel;
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
