/** Kernels that take the SIMD loop where a step's operands lie in the segment, and the plain one elsewhere. */

import type { NumericArray, OpName } from '../../runtime/core/api.ts';
import type { Combine } from '../algorithm.ts';
import type { ElementType } from '../element-type.ts';
import { type Kernel, kernelOf } from './kernel.ts';
import { MemoryBuffers } from './memory-buffers.ts';
import { SimdKernels, type SimdLoop } from './simd.ts';

/** Below it the plain loop is done before the operands' addresses are known: an array's `buffer` costs 30 ns. */
const simdElementsMin = 64;

/** The kernels of a rank whose segment lies in `memory`. */
export class MemoryKernels {
  readonly #simd: SimdKernels;
  readonly #buffers: MemoryBuffers;
  readonly #kernels = new Map<string, Kernel | undefined>();

  constructor(memory: WebAssembly.Memory) {
    this.#simd = new SimdKernels(memory);
    this.#buffers = new MemoryBuffers(memory);
  }

  /** Same results as `kernelOf(op, type)` bit by bit, but for the payload and sign of a NaN. */
  kernelOf(op: OpName, type: ElementType): Kernel | undefined {
    const key = `${op} ${type.name}`;
    let kernel = this.#kernels.get(key);
    if (kernel === undefined) {
      const plain = kernelOf(op, type);
      kernel = plain && this.#inMemory(plain, op, type);
      this.#kernels.set(key, kernel);
    }
    return kernel;
  }

  #inMemory(plain: Kernel, op: OpName, type: ElementType): Kernel {
    const combine = this.#combine(plain.combine, () => this.#simd.loop(op, type));
    if (plain.normalise === undefined) return { combine, normalise: undefined };
    const { normalise } = plain;
    // x or x is 1 where x is not 0.
    const truth = this.#combine(normalise, () => this.#simd.loop('lor', type));
    return { combine, normalise: (vector) => truth(vector, vector, vector) };
  }

  /** The loop is found when it is first needed: that compiles it. */
  #combine(plain: Combine | ((vector: NumericArray) => void), find: () => SimdLoop | undefined): Combine {
    const buffers = this.#buffers;
    let loop: SimdLoop | undefined;
    return (target, left, right) => {
      if (target.length >= simdElementsMin) {
        const [t, l, r] = [buffers.addressOf(target), buffers.addressOf(left), buffers.addressOf(right)];
        if (t >= 0 && l >= 0 && r >= 0) {
          loop ??= find();
          if (loop !== undefined) {
            loop(t, l, r, target.length);
            return;
          }
        }
      }
      plain(target, left, right);
    };
  }
}
