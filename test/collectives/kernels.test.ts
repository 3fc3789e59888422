import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { type ElementType, elementTypes } from '../../collectives/element-type.ts';
import { kernelOf, opNames } from '../../collectives/kernels/kernel.ts';
import { SimdKernels } from '../../collectives/kernels/simd.ts';
import type { NumericArray, OpName } from '../../runtime/core/api.ts';
import { operandsOf, specialsOf } from './kernel-operands.ts';

const pageBytes = 65536;
const pagesMax = 65536;
const memory = new WebAssembly.Memory({ initial: 80, maximum: pagesMax, shared: true });
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

/** Room for one operand at most, and room before and after a target that must stay as it is. */
const slotBytes = 2 * pageBytes;
const marginBytes = 64;
const mark = 0xa5;
/** Where the table of addresses stands. */
const table = 512;

/** How operands lie in the memory; the target is the one at `place`, or elsewhere where that is their number. */
interface Case {
  readonly operands: readonly NumericArray[];
  /** In elements: they need not be aligned. */
  readonly offset: number;
  readonly place: number;
}

/** Writes the operands into the memory, and runs; then every operand has its element of `expected`. */
function inMemory(
  type: ElementType,
  { operands, addressOf }: { operands: readonly NumericArray[]; addressOf: (index: number) => number },
  expected: readonly NumericArray[],
  run: () => void,
): void {
  const length = operands[0]?.length ?? 0;
  const bytes = new Uint8Array(memory.buffer);
  const around = expected.flatMap((_, index) => {
    const [start, end] = [addressOf(index), addressOf(index) + length * type.bytes];
    return [bytes.subarray(start - marginBytes, start), bytes.subarray(end, end + marginBytes)];
  });
  for (const margin of around) margin.fill(mark);
  operands.forEach((operand, index) => {
    arrayAt(type, addressOf(index), length).set(operand as never);
  });
  run();
  expected.forEach((array, index) => {
    assertSameBits(arrayAt(type, addressOf(index), length), array, `array ${index}`);
  });
  for (const margin of around)
    assert.ok(
      margin.every((byte) => byte === mark),
      'wrote beside an array',
    );
}

function withTarget({ operands, place }: Case, result: NumericArray): NumericArray[] {
  return [...operands.slice(0, place), result, ...operands.slice(place + 1)];
}

function checkFold(op: OpName, type: ElementType, given: Case): void {
  const { fold } = kernels.loops(op, type) ?? assert.fail();
  const { operands, offset, place } = given;
  const stride = slotBytes + offset * type.bytes;
  const addressOf = (index: number) => (index + 1) * stride;
  inMemory(type, { operands, addressOf }, withTarget(given, plainly(op, type, operands)), () => {
    fold(addressOf(place), addressOf(0), stride, operands.length, operands[0]?.length ?? 0);
  });
}

/** Writes a table in which the addresses are `offset` elements too low, and gives the words' distance. */
function writeTable(sources: number, addressOf: (index: number) => number): number {
  const words = new Uint32Array(memory.buffer);
  const stride = 12;
  for (let index = 0; index < sources; index += 1) words[(table + index * stride) / 4] = addressOf(index);
  return stride;
}

function checkFoldTable(op: OpName, type: ElementType, given: Case): void {
  const { foldTable } = kernels.loops(op, type) ?? assert.fail();
  const { operands, offset, place } = given;
  // Other offsets for each operand, so that none lies as another does; and in no order.
  const addressOf = (index: number) => (((index * 7) % 31) + 1) * slotBytes + ((offset * (index + 1)) % 7) * type.bytes;
  const skipped = offset * type.bytes;
  const stride = writeTable(operands.length, (index) => addressOf(index) - skipped);
  inMemory(type, { operands, addressOf }, withTarget(given, plainly(op, type, operands)), () => {
    foldTable(addressOf(place), table, stride, operands.length, operands[0]?.length ?? 0, skipped);
  });
}

function checkScanTable(op: OpName, type: ElementType, { operands, offset }: Case): void {
  const { scanTable } = kernels.loops(op, type) ?? assert.fail();
  const addressOf = (index: number) => (((index * 7) % 31) + 1) * slotBytes + ((offset * (index + 1)) % 7) * type.bytes;
  const skipped = offset * type.bytes;
  const stride = writeTable(operands.length, (index) => addressOf(index) - skipped);
  const expected = operands.map((_, index) => plainly(op, type, operands.slice(0, index + 1)));
  inMemory(type, { operands, addressOf }, expected, () => {
    scanTable(table, stride, operands.length, operands[0]?.length ?? 0, skipped);
  });
}

const checks = { fold: checkFold, foldTable: checkFoldTable, scanTable: checkScanTable };

for (const type of elementTypes) {
  for (const op of opNames) {
    if (kernelOf(op, type) === undefined) {
      it(`there is no ${op} of ${type.name}s`, () => {
        assert.equal(kernels.loops(op, type), undefined);
      });
      continue;
    }
    for (const [name, check] of Object.entries(checks)) {
      describe(`${name}, ${op} of ${type.name}s`, () => {
        it('is what the plain loop gives, of any operands in their order, at any offset, in place or not', () => {
          const cases = fc.integer({ min: 2, max: 18 }).chain((count) =>
            fc.record({
              operands: operandsOf(type, fc.constant(count), { maxLength: 150 }),
              offset: fc.nat(6),
              place: fc.constantFrom(0, 1, count),
            }),
          );
          fc.assert(
            fc.property(cases, (given) => {
              check(op, type, given);
            }),
            { numRuns: 20 },
          );
        });

        it('is that for every pair of values at an edge', () => {
          const specials = specialsOf(type);
          const pairs = specials.flatMap((left) => specials.map((right) => [left, right] as const));
          const operands = [0, 1].map((side) => new type.constructor(pairs.map((pair) => pair[side]) as never));
          check(op, type, { operands, offset: 1, place: 2 });
        });

        it('is that for operands that are longer than a tile', () => {
          const specials = specialsOf(type);
          const operands = Array.from({ length: 11 }, (_, rank) =>
            new type.constructor(Math.floor(20_001 / type.bytes)).map(
              (_, i) => specials[(i * 7 + rank * 3) % specials.length] as never,
            ),
          );
          check(op, type, { operands, offset: 2, place: 1 });
        });
      });
    }
  }
}

describe('kernels', () => {
  const doubles = elementTypes.find((type) => type.name === 'Float64Array') ?? assert.fail();

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
      high.loops('sum', doubles)?.fold(target, left, right - left, 2, count);
      assert.deepEqual(view(target), expected);
      view(target).fill(0);
      new Uint32Array(large.buffer, table).set([left, right]);
      high.loops('sum', doubles)?.foldTable(target, table, 4, 2, count, 0);
      assert.deepEqual(view(target), expected);
      high.copy(target, left, bytes);
      assert.deepEqual(view(target), view(left));
    }
  });

  it('of one memory are the same for all who ask', () => {
    assert.equal(SimdKernels.of(memory), SimdKernels.of(memory));
    assert.equal(SimdKernels.of(memory).loops('sum', doubles), SimdKernels.of(memory).loops('sum', doubles));
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
    assert.equal(output, 'no loops, copied\n');
  });
});
