import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isTsmpiError } from '../../runtime/core/errors.ts';
import {
  accessBytesMax,
  chunkBytesMax,
  eagerBytesMax,
  frameBytesMax,
  pullWindowBytes,
  pushBytesMax,
} from '../../runtime/core/limits.ts';
import { type Header, Kind } from '../../runtime/transport/header.ts';
import { decodeHeader } from '../../runtime/transport/header-codec.ts';
import { checkFrame, type FrameScope } from '../../runtime/transport/frame.ts';
import { epoch, frameOf } from './mesh-party.ts';

/** Frames go from sandbox 1 (ranks 2 and 3) to sandbox 0 (ranks 0 and 1). */
const scope: FrameScope = {
  epoch,
  own: { index: 0, firstRank: 0, ranks: 2 },
  peer: { index: 1, firstRank: 2, ranks: 2 },
};
const ends = { source: 3, destination: 1 };

/** What the check says: true, false, or the message of its ERR_PROTOCOL. */
function judge(frame: Uint8Array): boolean | string {
  try {
    return checkFrame(frame, scope);
  } catch (error) {
    assert.ok(isTsmpiError(error), String(error));
    assert.equal(error.code, 'ERR_PROTOCOL');
    return error.message;
  }
}

const largest = Number.MAX_SAFE_INTEGER;

const good: readonly [string, Partial<Header>, number][] = [
  ['an empty message', { kind: Kind.eager }, 0],
  ['the longest eager message', { kind: Kind.eager, flags: 1 }, eagerBytesMax],
  ['an announcement of the longest message', { kind: Kind.announce, bytes: largest }, 0],
  ['an announcement, much of it unasked', { kind: Kind.announce, bytes: largest, offset: pushBytesMax }, 0],
  ['a pull of a whole window', { kind: Kind.pull, bytes: pullWindowBytes, offset: largest }, 0],
  ['a whole chunk of data', { kind: Kind.data, bytes: largest, offset: 2 ** 40 }, chunkBytesMax],
  ['credit', { kind: Kind.credit, bytes: 4096 }, 0],
  ['matched', { kind: Kind.matched, sequence: largest }, 0],
  ['departed', { kind: Kind.departed }, 0],
  ['a withdrawal', { kind: Kind.withdraw }, 0],
  ['a revocation', { kind: Kind.revoke }, 0],
  ['a request for a window', { kind: Kind.access, bytes: 7, offset: largest }, accessBytesMax],
  ['the answer to it', { kind: Kind.accessed }, accessBytesMax],
];

test('takes a frame of every kind up to its limits', () => {
  for (const [name, header, payload] of good) assert.equal(judge(frameOf({ ...ends, ...header }, payload)), true, name);
});

const bad: readonly [string, Partial<Header>, number, RegExp][] = [
  ['one byte past eager', { kind: Kind.eager }, eagerBytesMax + 1, /eager message of 16385 bytes.*at most 16384/],
  ['an eager message in part', { kind: Kind.eager, bytes: 9 }, 8, /eager message of 9 bytes with 8 here/],
  ['an eager message at an offset', { kind: Kind.eager, offset: 8 }, 8, /eager message/],
  ['an announcement with payload', { kind: Kind.announce, bytes: 8 }, 8, /8 bytes of payload where none belongs/],
  ['a pull past the window', { kind: Kind.pull, bytes: pullWindowBytes + 1 }, 0, /at most 524288 may be in flight/],
  [
    'a request for too much of a window',
    { kind: Kind.access },
    accessBytesMax + 1,
    /32769 bytes of a window, at most 32768/,
  ],
  ['data past 2^53', { kind: Kind.data, bytes: 8, offset: largest - 7 }, 8, /past 2\^53/],
  ['a failure, which is for agents to tell', { kind: Kind.failed }, 0, /kind 8, which no link carries/],
  ['an abort, which is for agents to tell', { kind: Kind.abort }, 0, /kind 9, which no link carries/],
  ['kind 0', { kind: 0 as Kind }, 0, /kind 0/],
  ['kind 255', { kind: 255 as Kind }, 0, /kind 255/],
  ['an unknown flag', { flags: 2 }, 0, /unknown flags 0x2/],
  ['a length that says more than there is', { payloadBytes: 9, bytes: 9 }, 8, /8 bytes of payload, the header says 9/],
  ['a length of 4 GiB', { payloadBytes: 2 ** 32 - 1 }, 0, /the header says 4294967295/],
  [
    'an announcement of less than follows',
    { kind: Kind.announce, bytes: 8, offset: 9 },
    0,
    /8 bytes, 9 of them unasked/,
  ],
  [
    'an announcement that too much follows',
    { kind: Kind.announce, bytes: largest, offset: pushBytesMax + 1 },
    0,
    /262145 of them unasked/,
  ],
  ['a negative length', { kind: Kind.announce, bytes: -1 }, 0, /bytes -1, not an integer/],
  ['half a byte', { kind: Kind.announce, bytes: 0.5 }, 0, /bytes 0.5, not an integer/],
  ['2^53 bytes', { kind: Kind.announce, bytes: 2 ** 53 }, 0, /bytes 9007199254740992, not an integer/],
  ['NaN bytes', { kind: Kind.announce, bytes: NaN }, 0, /bytes NaN/],
  ['infinite bytes', { kind: Kind.announce, bytes: Infinity }, 0, /bytes Infinity/],
  ['a negative zero', { kind: Kind.announce, offset: -0 }, 0, /offset -0/],
  ['a sequence that is no number', { sequence: NaN }, 0, /sequence NaN/],
  ['a forged source', { source: 1 }, 0, /source rank 1, which the peer does not hold/],
  ['a source of no sandbox', { source: 4 }, 0, /source rank 4/],
  ['a destination elsewhere', { destination: 2 }, 0, /destination rank 2, which this sandbox does not hold/],
  ['the largest rank', { destination: 2 ** 32 - 1 }, 0, /destination rank 4294967295/],
];

test('refuses with ERR_PROTOCOL, saying which rule is broken and both numbers', () => {
  for (const [name, header, payload, words] of bad) {
    assert.match(String(judge(frameOf({ ...ends, ...header }, payload))), words, name);
  }
});

test('refuses every length that is no frame', () => {
  const frame = frameOf({ ...ends, kind: Kind.data }, chunkBytesMax + 1);
  assert.match(
    String(judge(frame)),
    new RegExp(`${String(frameBytesMax + 1)} bytes, at most ${String(frameBytesMax)}`),
  );
  for (let bytes = 0; bytes < 64; bytes += 1) {
    assert.match(String(judge(frame.subarray(0, bytes))), /a header has 64/);
  }
});

test('refuses another magic, another version and a reserved field that is used', () => {
  for (const [at, words] of [
    [0, /magic 0x/],
    [1, /magic 0x/],
    [2, /version 255, this is 1/],
    [60, /reserved field/],
    [63, /reserved field/],
  ] as const) {
    const frame = frameOf(ends);
    frame[at] = 255;
    assert.match(String(judge(frame)), words);
  }
});

test('drops a well-formed frame of another epoch, older or newer', () => {
  assert.equal(judge(frameOf({ ...ends, epoch: epoch - 1 })), false);
  assert.equal(judge(frameOf({ ...ends, epoch: epoch + 1 })), false);
  assert.match(String(judge(frameOf({ ...ends, epoch: 0, kind: Kind.abort }))), /kind 9/, 'it must be well-formed');
});

const headers = fc.record(
  {
    kind: fc.constantFrom(...good.map(([, { kind }]) => kind ?? Kind.eager)),
    tag: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    communicator: fc.nat(2 ** 32 - 1),
    format: fc.nat(65_535),
    sequence: fc.maxSafeNat(),
    signature: fc.nat(2 ** 32 - 1),
    source: fc.constantFrom(2, 3),
    destination: fc.constantFrom(0, 1),
  },
  { noNullPrototype: true },
);

test('any header that a peer may send is taken and reads back as it was', () => {
  fc.assert(
    fc.property(headers, fc.nat(256), (fields, length) => {
      const payload = fields.kind === Kind.eager || fields.kind === Kind.data ? length : 0;
      const frame = frameOf(fields, payload);
      assert.equal(judge(frame), true);
      const { kind, tag, communicator, format, sequence, signature, source, destination } = decodeHeader(frame);
      assert.deepEqual({ kind, tag, communicator, format, sequence, signature, source, destination }, fields);
    }),
  );
});

test('any mutated byte gives a frame or ERR_PROTOCOL, and never another source', () => {
  fc.assert(
    fc.property(headers, fc.nat(63), fc.nat(255), (fields, at, value) => {
      const frame = frameOf(fields);
      frame[at] = value;
      const verdict = judge(frame);
      if (verdict !== true) return;
      const { source, destination } = decodeHeader(frame);
      assert.ok(source >= 2 && source <= 3 && destination <= 1);
    }),
    { numRuns: 5000 },
  );
});

test('any bytes at all give a frame or ERR_PROTOCOL', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      judge(bytes);
      // The same bytes behind a valid beginning, which a random generator would not find.
      bytes.set([0x4d, 0x54, 1].slice(0, bytes.length));
      judge(bytes);
    }),
    { numRuns: 2000 },
  );
});
