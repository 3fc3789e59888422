import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { elementTypes } from '../../collectives/element-type.ts';
import { sealOf } from '../harness/kernel-seal.ts';
import { modules, seal } from '../../collectives/kernels/kernels.gen.js';
import { kernelOf, opNames } from '../../collectives/kernels/kernel.ts';
import { bulk, readModule, sectionOf, simd } from './wasm-module.ts';

const memoryCopy = (bulk << 16) | 10;
const load = simd << 16;
const store = (simd << 16) | 11;

/** A SIMD instruction that computes: not a load, a store, a constant or an access to a lane. */
function computes(opcode: number): boolean {
  const second = opcode & 0xffff;
  return opcode >>> 16 === simd && second > 34 && !(second >= 84 && second <= 93);
}

/** A store of one element, which every loop over elements ends with. */
function accessesElement(opcode: number): boolean {
  return opcode >= 0x36 && opcode <= 0x3e;
}

const binaries = Object.entries(modules).map(([name, base64]) => ({ name, bytes: Buffer.from(base64, 'base64') }));

for (const { name, bytes } of binaries) {
  describe(`the module of ${name}`, () => {
    const { sections, functions } = readModule(bytes);

    it('imports one shared memory, and exports functions and nothing else', () => {
      const module = new WebAssembly.Module(bytes);
      assert.deepEqual(WebAssembly.Module.imports(module), [{ module: 'env', name: 'memory', kind: 'memory' }]);
      const kinds = new Set(WebAssembly.Module.exports(module).map(({ kind }) => kind));
      assert.deepEqual([...kinds], ['function']);
      const unshared = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
      assert.throws(() => new WebAssembly.Instance(module, { env: { memory: unshared } }), WebAssembly.LinkError);
    });

    it('has no data and runs nothing when it is instantiated', () => {
      // Types, imports, functions, exports, code: no memory, table, global, start, element or data section.
      assert.deepEqual(sections, [1, 2, 3, 7, 10]);
      assert.ok(!sections.some((section) => section === sectionOf.data || section === sectionOf.start));
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
      const all = new Uint8Array(memory.buffer).fill(0xa5);
      new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
      assert.ok(all.every((byte) => byte === 0xa5));
    });

    it('does its work in SIMD instructions', () => {
      for (const { names, opcodes } of functions) {
        const what = names.join(', ') || 'a function inside';
        if (name === 'copy') {
          assert.ok(opcodes.includes(memoryCopy));
          continue;
        }
        // What only calls others has no memory access; what has one element at a time has vectors beside it.
        if (!opcodes.some(accessesElement)) continue;
        assert.ok(opcodes.includes(load) && opcodes.includes(store), `${what} loads and stores no vectors`);
        assert.ok(opcodes.some(computes), `${what} computes with no vectors`);
      }
    });
  });
}

describe('the compiled kernels', () => {
  it('are one for every op and element type that go together', () => {
    const exported = binaries.flatMap(({ bytes }) => readModule(bytes).functions.flatMap(({ names }) => names));
    const defined = opNames.flatMap((op) =>
      elementTypes
        .filter((type) => kernelOf(op, type) !== undefined)
        .flatMap((type) => ['fold', 'foldTable', 'scanTable'].map((form) => `${op}_${type.name}_${form}`)),
    );
    assert.deepEqual(exported.filter((name) => name !== 'copy').sort(), defined.sort());
  });

  it('are those of the AssemblyScript beside them', () => {
    assert.equal(seal, sealOf(modules), 'kernels.gen.js is out of date; npm run generate:kernels');
  });
});
