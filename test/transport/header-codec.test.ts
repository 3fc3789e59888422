import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Header, headerBytes, Kind } from '../../runtime/transport/header.ts';
import {
  decodeHeader,
  destinationOf,
  encodeHeader,
  kindOf,
  readHeader,
  sourceOf,
  createHeader,
  writeHeader,
} from '../../runtime/transport/header-codec.ts';

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const integer53 = fc.maxSafeNat();
const header: fc.Arbitrary<Header> = fc.record(
  {
    kind: fc.constantFrom(...Object.values(Kind)),
    flags: u16,
    format: u16,
    epoch: u32,
    communicator: u32,
    source: u32,
    destination: u32,
    tag: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    payloadBytes: u32,
    sequence: integer53,
    bytes: integer53,
    offset: integer53,
    signature: u32,
  },
  { noNullPrototype: true },
);

test('every header comes back from its 64 bytes as it went in', () => {
  fc.assert(
    fc.property(header, (fields) => {
      const bytes = encodeHeader(fields);
      assert.equal(bytes.byteLength, headerBytes);
      assert.deepEqual(decodeHeader(bytes), fields);
      assert.equal(kindOf(bytes), fields.kind);
      assert.equal(sourceOf(bytes), fields.source);
      assert.equal(destinationOf(bytes), fields.destination);
    }),
  );
});

test('a header is written at any place of a buffer and touches no byte around it', () => {
  fc.assert(
    fc.property(header, fc.nat(32), (fields, at) => {
      const bytes = new Uint8Array(headerBytes + 40).fill(0xaa);
      const view = new DataView(bytes.buffer);
      writeHeader(view, at, fields);
      assert.deepEqual(readHeader(view, at, createHeader()), fields);
      assert.ok(bytes.every((byte, index) => byte === 0xaa || (index >= at && index < at + headerBytes)));
    }),
  );
});
