import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Heap } from '../../runtime/transport/heap.ts';

const pageBytes = 4096;

/** Pages up to a bound, with the memory behind them. */
class Memory {
  readonly bytes: Uint8Array;
  next = pageBytes;

  constructor(bytes: number) {
    this.bytes = new Uint8Array(bytes);
  }
  give(bytes: number): number {
    assert.equal(bytes % pageBytes, 0, 'whole pages are asked for');
    if (this.next + bytes > this.bytes.length) return 0;
    this.next += bytes;
    return this.next - bytes;
  }
  clear(offset: number, bytes: number): void {
    this.bytes.fill(0, offset, offset + bytes);
  }
}

interface Block {
  readonly offset: number;
  readonly bytes: number;
  readonly mark: number;
}

test('blocks never overlap, keep what is written to them, and are zeros where zeros were asked for', () => {
  const step = fc.record({ bytes: fc.nat({ max: 40_000 }), free: fc.nat(), frees: fc.boolean(), zeros: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const memory = new Memory(4 * 1024 * 1024);
      const heap = new Heap(memory);
      const blocks: Block[] = [];
      const check = ({ offset, bytes, mark }: Block): void => {
        for (let at = offset; at < offset + bytes; at += 1) assert.equal(memory.bytes[at], mark);
      };
      for (const [index, { bytes, free, frees, zeros }] of steps.entries()) {
        if (frees && blocks.length > 0) {
          const [block] = blocks.splice(free % blocks.length, 1);
          assert.ok(block !== undefined);
          check(block);
          heap.free(block.offset, block.bytes);
          continue;
        }
        const offset = zeros ? heap.allocateZeros(bytes) : heap.allocate(bytes);
        if (offset === 0) continue;
        assert.equal(offset % (bytes >= pageBytes ? pageBytes : 64), 0);
        if (zeros) check({ offset, bytes, mark: 0 });
        const mark = (index % 255) + 1;
        memory.bytes.fill(mark, offset, offset + bytes);
        blocks.push({ offset, bytes, mark });
      }
      blocks.forEach(check);
    }),
  );
});

test('changing sizes use the same memory again and again', () => {
  const memory = new Memory(64 * pageBytes);
  const heap = new Heap(memory);
  // 60 pages in ever other pieces: without neighbours becoming one again it would soon be full.
  for (let round = 1; round <= 100; round += 1) {
    const pieces = (round % 7) + 1;
    const bytes = Math.floor(60 / pieces) * pageBytes;
    const offsets = Array.from({ length: pieces }, () => heap.allocate(bytes));
    assert.ok(!offsets.includes(0), `round ${String(round)} has room`);
    for (const offset of round % 2 === 0 ? offsets : offsets.reverse()) heap.free(offset, bytes);
  }
});

test('a full heap gives 0, and gives again what is freed', () => {
  const memory = new Memory(20 * pageBytes);
  const heap = new Heap(memory);
  const large = heap.allocate(17 * pageBytes);
  assert.notEqual(large, 0);
  assert.equal(heap.allocate(100), 0);
  heap.free(large, 17 * pageBytes);
  assert.notEqual(heap.allocate(100), 0);
});
