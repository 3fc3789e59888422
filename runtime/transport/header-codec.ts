/**
 * Reads and writes the 64-byte header of `header.ts`. Nothing is checked here: records of a ring are written by this
 * program, and what arrives from the mesh is checked by `frame.ts` before anyone else sees it.
 */
import { type Header, headerBytes, Kind, magic, protocolVersion } from './header.ts';

/** A header with every field zero but its kind: to be filled, or decoded into again and again. */
export function createHeader(kind: Kind = Kind.eager): Header {
  return {
    kind,
    flags: 0,
    format: 0,
    epoch: 0,
    communicator: 0,
    source: 0,
    destination: 0,
    tag: 0,
    payloadBytes: 0,
    sequence: 0,
    bytes: 0,
    offset: 0,
    signature: 0,
  };
}

/** Writes all 64 bytes of `header` at byte `at` of `view`. */
export function writeHeader(view: DataView, at: number, header: Header): void {
  view.setUint16(at, magic, true);
  view.setUint8(at + 2, protocolVersion);
  view.setUint8(at + 3, header.kind);
  view.setUint16(at + 4, header.flags, true);
  view.setUint16(at + 6, header.format, true);
  view.setUint32(at + 8, header.epoch, true);
  view.setUint32(at + 12, header.communicator, true);
  view.setUint32(at + 16, header.source, true);
  view.setUint32(at + 20, header.destination, true);
  view.setInt32(at + 24, header.tag, true);
  view.setUint32(at + 28, header.payloadBytes, true);
  view.setFloat64(at + 32, header.sequence, true);
  view.setFloat64(at + 40, header.bytes, true);
  view.setFloat64(at + 48, header.offset, true);
  view.setUint32(at + 56, header.signature, true);
  view.setUint32(at + 60, 0, true);
}

/** Reads the header at byte `at` of `view` into `into`, which is returned. */
export function readHeader(view: DataView, at: number, into: Header): Header {
  into.kind = view.getUint8(at + 3) as Kind;
  into.flags = view.getUint16(at + 4, true);
  into.format = view.getUint16(at + 6, true);
  into.epoch = view.getUint32(at + 8, true);
  into.communicator = view.getUint32(at + 12, true);
  into.source = view.getUint32(at + 16, true);
  into.destination = view.getUint32(at + 20, true);
  into.tag = view.getInt32(at + 24, true);
  into.payloadBytes = view.getUint32(at + 28, true);
  into.sequence = view.getFloat64(at + 32, true);
  into.bytes = view.getFloat64(at + 40, true);
  into.offset = view.getFloat64(at + 48, true);
  into.signature = view.getUint32(at + 56, true);
  return into;
}

/** A new 64-byte array that holds `header`. */
export function encodeHeader(header: Header): Uint8Array {
  const bytes = new Uint8Array(headerBytes);
  writeHeader(new DataView(bytes.buffer), 0, header);
  return bytes;
}

/** The header at the start of `bytes` (at least 64 of them), in a new object. */
export function decodeHeader(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return readHeader(view, 0, createHeader());
}

/** What an agent needs to route a record, without decoding the rest. */
export function kindOf(record: Uint8Array): Kind {
  return record[3] as Kind;
}

/** World rank of the sender of a record. */
export function sourceOf(record: Uint8Array): number {
  return u32(record, 16);
}

/** World rank of the receiver of a record. */
export function destinationOf(record: Uint8Array): number {
  return u32(record, 20);
}

function u32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  return (low | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}
