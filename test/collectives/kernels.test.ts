import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { type ElementType, elementTypes } from '../../collectives/element-type.ts';
import { kernelOf, opNames } from '../../collectives/kernels/kernel.ts';
import { MemoryBuffers } from '../../collectives/kernels/memory-buffers.ts';
import { MemoryKernels } from '../../collectives/kernels/memory-kernels.ts';
import { SimdKernels } from '../../collectives/kernels/simd.ts';
import type { NumericArray, OpName } from '../../runtime/core/api.ts';
import { operandsOf, specialsOf } from './kernel-operands.ts';

const pageBytes = 65536;
const pagesMax = 65536;
const memory = new WebAssembly.Memory({ initial: 64, maximum: pagesMax, shared: true });
const kernels = new SimdKernels(memory);

/** The plain loop, on arrays of its own. */
function plainly(op: OpName, type: ElementType, operands: readonly NumericArray[]): NumericArray {
  const [first, ...rest] = operands.map((operand) => operand.slice());
  assert.ok(first !== undefined);
  const { combine } = kernelOf(op, type) ?? assert.fail();
  for (const operand of rest) combine(first, first, operand);
  return first;
}

/** −0 is not 0, and any NaN is NaN. */
function assertSameBits(actual: NumericArray, expected: NumericArray, what: string): void {
  const at = [...expected].findIndex((element, i) => !Object.is(element, actual[i]));
  assert.equal(at, -1, `${what}: element ${at} is ${actual[at]} and not ${expected[at]}`);
  assert.equal(actual.length, expected.length);
}

function arrayAt(type: ElementType, address: number, length: number): NumericArray {
  return new type.constructor(memory.buffer, address, length);
}

/** Room for one operand, a multiple of 64, and room before and after it that must stay as it is. */
const slotBytes = 2 * pageBytes;
const marginBytes = 64;
const mark = 0xa5;

/** Writes the operands into slots of the memory, runs, and returns the target, which lay in slot `place`. */
function inMemory(
  {
    type,
    operands,
    offset,
    place,
  }: { type: ElementType; operands: readonly NumericArray[]; offset: number; place: number },
  run: (target: number, sources: readonly number[], count: number) => void,
): NumericArray {
  const length = operands[0]?.length ?? 0;
  const bytes = new Uint8Array(memory.buffer);
  // Other offsets for each operand, so that none lies as another does.
  const addressOf = (slot: number) => (slot + 1) * slotBytes + marginBytes + ((offset * (slot + 1)) % 7) * type.bytes;
  operands.forEach((operand, slot) => {
    arrayAt(type, addressOf(slot), length).set(operand as never);
  });
  const [start, end] = [addressOf(place), addressOf(place) + length * type.bytes];
  bytes.fill(mark, start - marginBytes, start);
  bytes.fill(mark, end, end + marginBytes);
  const sources = operands.map((_, slot) => addressOf(slot));
  run(start, sources, length);
  for (const around of [bytes.subarray(start - marginBytes, start), bytes.subarray(end, end + marginBytes)]) {
    assert.ok(
      around.every((byte) => byte === mark),
      'wrote beside the target',
    );
  }
  operands.forEach((operand, slot) => {
    if (slot !== place) assertSameBits(arrayAt(type, addressOf(slot), length), operand, 'an operand was changed');
  });
  return arrayAt(type, start, length).slice();
}

for (const type of elementTypes) {
  for (const op of opNames) {
    if (kernelOf(op, type) === undefined) {
      it(`there is no ${op} of ${type.name}s`, () => {
        assert.equal(kernels.loop(op, type), undefined);
        assert.equal(kernels.fold(op, type), undefined);
      });
      continue;
    }
    const loop = kernels.loop(op, type) ?? assert.fail();
    const fold = kernels.fold(op, type) ?? assert.fail();

    describe(`${op} of ${type.name}s`, () => {
      it('is that of the plain loop for any two operands, at any offset, in place or not', () => {
        const cases = fc.record({
          operands: operandsOf(type, fc.constant(2), { maxLength: 67 }),
          offset: fc.nat(6),
          place: fc.nat(2),
        });
        fc.assert(
          fc.property(cases, ({ operands, offset, place }) => {
            const result = inMemory({ type, operands, offset, place }, (target, [left = 0, right = 0], count) => {
              loop(target, left, right, count);
            });
            assertSameBits(result, plainly(op, type, operands), op);
          }),
          { numRuns: 60 },
        );
      });

      it('is that of the plain loop for every pair of values at an edge', () => {
        const specials = specialsOf(type);
        const pairs = specials.flatMap((left) => specials.map((right) => [left, right] as const));
        const operands = [0, 1].map((side) => new type.constructor(pairs.map((pair) => pair[side]) as never));
        const result = inMemory({ type, operands, offset: 1, place: 2 }, (target, [left = 0, right = 0], count) => {
          loop(target, left, right, count);
        });
        assertSameBits(result, plainly(op, type, operands), op);
      });

      it('folds many operands in their order, into one of them or elsewhere', () => {
        const cases = fc.integer({ min: 2, max: 18 }).chain((count) =>
          fc.record({
            operands: operandsOf(type, fc.constant(count), { maxLength: 150 }),
            offset: fc.nat(6),
            place: fc.oneof(fc.nat(Math.min(count, 8) - 1), fc.constant(count)),
          }),
        );
        fc.assert(
          fc.property(cases, ({ operands, offset, place }) => {
            const result = inMemory({ type, operands, offset, place }, fold);
            assertSameBits(result, plainly(op, type, operands), op);
          }),
          { numRuns: 30 },
        );
      });

      it('folds operands that are longer than a tile', () => {
        const specials = specialsOf(type);
        const length = 40_001 / type.bytes;
        const operands = Array.from({ length: 11 }, (_, rank) =>
          new type.constructor(Math.floor(length)).map(
            (_, i) => specials[(i * 7 + rank * 3) % specials.length] as never,
          ),
        );
        assertSameBits(inMemory({ type, operands, offset: 2, place: 5 }, fold), plainly(op, type, operands), op);
      });
    });
  }
}

describe('kernels', () => {
  const doubles = elementTypes.find((type) => type.name === 'Float64Array') ?? assert.fail();

  it('refuse to fold one source, or into a source that a later pass would read', () => {
    const fold = kernels.fold('sum', doubles) ?? assert.fail();
    const sources = Array.from({ length: 10 }, (_, i) => (i + 1) * 64);
    assert.throws(() => fold(sources[9] ?? 0, sources, 8), RangeError);
    assert.throws(() => fold(0, sources.slice(0, 1), 8), RangeError);
  });

  it('reach operands above 2 GiB and up to the last byte of 4 GiB', () => {
    const large = new WebAssembly.Memory({ initial: 1, maximum: pagesMax, shared: true });
    large.grow(pagesMax - 1);
    const high = new SimdKernels(large);
    const count = 67;
    const bytes = count * doubles.bytes;
    const view = (address: number) => new Float64Array(large.buffer, address, count);
    const [left, right] = [2 ** 31 + 4104, 3 * 2 ** 30 + 24];
    view(left).forEach((_, i, array) => (array[i] = i));
    view(right).forEach((_, i, array) => (array[i] = 1000 * i));
    const expected = view(left).map((element, i) => element + 1000 * i);
    for (const target of [2 ** 31 - 16, 2 ** 32 - bytes]) {
      high.loop('sum', doubles)?.(target, left, right, count);
      assert.deepEqual(view(target), expected);
      view(target).fill(0);
      high.fold('sum', doubles)?.(target, [left, right], count);
      assert.deepEqual(view(target), expected);
      high.copy(target, left, bytes);
      assert.deepEqual(view(target), view(left));
    }
  });

  it('copy bytes, forwards and backwards over each other', () => {
    const bytes = new Uint8Array(memory.buffer, slotBytes, 200);
    const fresh = () => bytes.forEach((_, i) => (bytes[i] = i));
    fresh();
    kernels.copy(slotBytes + 5, slotBytes, 100);
    assert.deepEqual(
      bytes.slice(5, 105),
      Uint8Array.from({ length: 100 }, (_, i) => i),
    );
    fresh();
    kernels.copy(slotBytes, slotBytes + 5, 100);
    assert.deepEqual(
      bytes.slice(0, 100),
      Uint8Array.from({ length: 100 }, (_, i) => i + 5),
    );
  });

  it('are not there on a machine without SIMD, where copy still is', { skip: process.arch !== 'x64' }, () => {
    const fixture = fileURLToPath(new URL('../fixtures/kernels-without-simd.ts', import.meta.url));
    const output = execFileSync(process.execPath, ['--no-enable-sse4-1', '--import', 'tsx', fixture], {
      encoding: 'utf8',
    });
    assert.equal(output, 'no loop, no fold, copied\n');
  });
});

describe('an array', () => {
  it('in the memory has an address, and elsewhere none', () => {
    const buffers = new MemoryBuffers(memory);
    assert.equal(buffers.addressOf(new Int16Array(memory.buffer, 4096, 3)), 4096);
    assert.equal(buffers.addressOf(new Int16Array(memory.buffer)), 0);
    assert.equal(buffers.addressOf(new Int16Array(3)), -1);
    assert.equal(buffers.addressOf(new Int16Array(new SharedArrayBuffer(64), 8)), -1);
    const other = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
    assert.equal(buffers.addressOf(new Int16Array(other.buffer, 8)), -1);
  });

  it('keeps its address when the memory grows, as arrays over the new buffer have theirs', () => {
    const growing = new WebAssembly.Memory({ initial: 1, maximum: 8, shared: true });
    const buffers = new MemoryBuffers(growing);
    const arrays: Uint8Array[] = [];
    for (let pages = 1; pages < 4; pages++) {
      arrays.push(new Uint8Array(growing.buffer, pages * 8, 8));
      for (const [i, array] of arrays.entries())
        assert.equal(buffers.addressOf(array as Uint8Array<ArrayBuffer>), (i + 1) * 8);
      growing.grow(1);
    }
    assert.equal(new Set(arrays.map((array) => array.buffer)).size, 3);
  });
});

describe('the kernels of a memory', () => {
  const inSegment = new MemoryKernels(memory);

  it('give what the plain ones give, wherever the operands lie', () => {
    for (const type of elementTypes) {
      const specials = specialsOf(type);
      for (const op of opNames) {
        const kernel = inSegment.kernelOf(op, type);
        const plain = kernelOf(op, type);
        assert.equal(kernel === undefined, plain === undefined);
        if (kernel === undefined) continue;
        for (const [length, shared] of [3, 100].flatMap((count) =>
          [0, 1, 2, 5, 7].map((mask) => [count, mask] as const),
        )) {
          const arrays = [0, 1, 2].map((i) =>
            shared & (1 << i) ? arrayAt(type, (i + 1) * slotBytes, length) : new type.constructor(length),
          );
          const [target, left, right] = arrays as [NumericArray, NumericArray, NumericArray];
          left.forEach((_, i) => (left[i] = specials[i % specials.length] as never));
          right.forEach((_, i) => (right[i] = specials[(i * 3 + 1) % specials.length] as never));
          const expected = plainly(op, type, [left, right]);
          kernel.combine(target, left, right);
          assertSameBits(target, expected, `${op} of ${type.name}`);
          const normal = left.slice();
          plain?.normalise?.(normal);
          kernel.normalise?.(left);
          assertSameBits(left, normal, `normal form for ${op} of ${type.name}`);
        }
      }
    }
  });
});
