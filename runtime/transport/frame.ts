/**
 * What a link takes from its peer: every frame is checked here, once, before anyone else sees it. Behind this check the
 * header's fields can be relied on. `docs/PROTOCOL.md` has the rules in the same order.
 */
import { TsmpiError } from '../core/errors.ts';
import { accessBytesMax, eagerBytesMax, frameBytesMax, pullWindowBytes, pushBytesMax } from '../core/limits.ts';
import { Flag, headerBytes, Kind, magic, protocolVersion } from './header.ts';
import type { SandboxRanks } from './sandbox-ranks.ts';

/** What a link knows of its two ends. */
export interface FrameScope {
  readonly epoch: number;
  readonly own: SandboxRanks;
  readonly peer: SandboxRanks;
}

/** What the length of a frame's message must be, by kind; `failed` and `abort` never cross a link. */
const rules: Partial<Record<Kind, (frame: Lengths) => string | null>> = {
  [Kind.eager]: ({ payload, bytes, offset }) =>
    bytes !== payload || offset !== 0 || payload > eagerBytesMax
      ? `an eager message of ${String(bytes)} bytes with ${String(payload)} here, at most ${String(eagerBytesMax)}`
      : null,
  [Kind.announce]: (frame) =>
    withoutPayload(frame) ??
    (frame.offset > Math.min(frame.bytes, pushBytesMax)
      ? `an announcement of ${String(frame.bytes)} bytes, ${String(frame.offset)} of them unasked`
      : null),
  [Kind.pull]: (frame) =>
    withoutPayload(frame) ??
    (frame.bytes > pullWindowBytes
      ? `a pull of ${String(frame.bytes)} bytes, at most ${String(pullWindowBytes)} may be in flight`
      : null),
  [Kind.data]: ({ payload, offset }) =>
    Number.isSafeInteger(offset + payload)
      ? null
      : `data of ${String(payload)} bytes at offset ${String(offset)}, past 2^53`,
  [Kind.credit]: withoutPayload,
  [Kind.matched]: withoutPayload,
  [Kind.departed]: withoutPayload,
  [Kind.withdraw]: withoutPayload,
  [Kind.revoke]: withoutPayload,
  [Kind.access]: ofAccess,
  [Kind.accessed]: ofAccess,
};

interface Lengths {
  readonly payload: number;
  readonly bytes: number;
  readonly offset: number;
}

function withoutPayload({ payload }: Lengths): string | null {
  return payload === 0 ? null : `${String(payload)} bytes of payload where none belongs`;
}

function ofAccess({ payload }: Lengths): string | null {
  return payload > accessBytesMax
    ? `${String(payload)} bytes of a window, at most ${String(accessBytesMax)} at a time`
    : null;
}

/** Bits of `flags` that have a meaning here: on a link nothing can be shown. */
const knownFlags = Flag.synchronous;

/**
 * Judges one whole frame. True: deliver it. False: it is of another epoch, drop it. Throws ERR_PROTOCOL, saying which
 * rule is broken, when the link must be closed.
 */
export function checkFrame(frame: Uint8Array, scope: FrameScope): boolean {
  const { byteLength } = frame;
  checkFrameLength(byteLength, scope);
  return checkHeader(new DataView(frame.buffer, frame.byteOffset, headerBytes), 0, byteLength, scope);
}

/** The first of the rules, which needs no more of a frame than its length. */
export function checkFrameLength(bytes: number, scope: FrameScope): void {
  if (bytes < headerBytes) fail(scope, `${String(bytes)} bytes, a header has ${String(headerBytes)}`);
  if (bytes > frameBytesMax) fail(scope, `${String(bytes)} bytes, at most ${String(frameBytesMax)}`);
}

/** The other rules, for a frame of `frameBytes` bytes whose header stands at byte `at` of `view`; as `checkFrame`. */
export function checkHeader(view: DataView, at: number, frameBytes: number, scope: FrameScope): boolean {
  const found = view.getUint16(at, true);
  if (found !== magic) fail(scope, `magic 0x${found.toString(16)}, not 0x4d54`);
  const version = view.getUint8(at + 2);
  if (version !== protocolVersion) fail(scope, `version ${String(version)}, this is ${String(protocolVersion)}`);
  checkFields(view, at, scope);
  checkLengths(view, at, frameBytes - headerBytes, scope);
  // After the checks that need no roster: a malformed frame closes the link whatever epoch it claims.
  if (view.getUint32(at + 8, true) !== scope.epoch) return false;
  checkEnds(view, at, scope);
  return true;
}

function checkFields(view: DataView, at: number, scope: FrameScope): void {
  const flags = view.getUint16(at + 4, true);
  if ((flags & ~knownFlags) !== 0) fail(scope, `unknown flags 0x${flags.toString(16)}`);
  const reserved = view.getUint32(at + 60, true);
  if (reserved !== 0) fail(scope, `reserved field ${String(reserved)}, not 0`);
}

function checkLengths(view: DataView, at: number, payload: number, scope: FrameScope): void {
  const stated = view.getUint32(at + 28, true);
  if (stated !== payload) fail(scope, `${String(payload)} bytes of payload, the header says ${String(stated)}`);
  const bytes = length(view, at + 40, 'bytes', scope);
  const offset = length(view, at + 48, 'offset', scope);
  length(view, at + 32, 'sequence', scope);
  const kind = view.getUint8(at + 3);
  const rule = rules[kind as Kind];
  if (rule === undefined) fail(scope, `kind ${String(kind)}, which no link carries`);
  const broken = rule({ payload, bytes, offset });
  if (broken !== null) fail(scope, broken);
}

/** Reads an integer below 2^53 that travels as f64. Negative zero is refused: one value has one encoding. */
function length(view: DataView, at: number, field: string, scope: FrameScope): number {
  const value = view.getFloat64(at, true);
  if (!Number.isSafeInteger(value) || value < 0 || Object.is(value, -0)) {
    fail(scope, `${field} ${Object.is(value, -0) ? '-0' : String(value)}, not an integer from 0 to 2^53 - 1`);
  }
  return value;
}

/** A peer speaks for its own ranks only, and only to ours. */
function checkEnds(view: DataView, at: number, scope: FrameScope): void {
  const source = view.getUint32(at + 16, true);
  if (!holds(scope.peer, source)) fail(scope, `source rank ${String(source)}, which the peer does not hold`);
  const destination = view.getUint32(at + 20, true);
  if (!holds(scope.own, destination)) {
    fail(scope, `destination rank ${String(destination)}, which this sandbox does not hold`);
  }
}

function holds(sandbox: SandboxRanks, rank: number): boolean {
  return rank >= sandbox.firstRank && rank < sandbox.firstRank + sandbox.ranks;
}

function fail(scope: FrameScope, what: string): never {
  throw brokenRule(scope, `frame with ${what}`);
}

/** The peer of `scope` does what no peer may. */
export function brokenRule(scope: FrameScope, what: string): TsmpiError {
  return new TsmpiError('ERR_PROTOCOL', what, {
    where: `mesh link from sandbox ${String(scope.peer.index)} to ${String(scope.own.index)}`,
  });
}
