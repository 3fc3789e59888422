/** The agent's part of windows: it does for ranks of other sandboxes what they ask of its own ranks' parts. */
import { elementBytes, elementConstructors } from '../core/element-constructors.ts';
import { accessBytesMax } from '../core/limits.ts';
import { type Header, headerBytes, Kind } from '../transport/header.ts';
import { createHeader, decodeHeader, encodeHeader } from '../transport/header-codec.ts';
import type { Segment } from '../transport/segment.ts';
import { access, type AccessKind, type AccessResult, Outcome } from '../transport/window/access.ts';
import { WindowPart } from '../transport/window/window-part.ts';

/** Does what `frame` asks of rank `local` of the segment, and gives the answer as a record. */
export function serveAccess(segment: Segment, local: number, frame: Uint8Array): Uint8Array {
  const header = decodeHeader(frame);
  const { outcome, data } = serve(segment, local, header, frame);
  const payload = data === null ? new Uint8Array(0) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const payloadBytes = payload.byteLength;
  const { epoch, source, destination, sequence, format } = header;
  const answer = { ...createHeader(Kind.accessed), epoch, sequence, format, payloadBytes };
  const front = encodeHeader({ ...answer, source: destination, destination: source, tag: outcome });
  return Buffer.concat([front, payload]);
}

function serve(segment: Segment, local: number, header: Header, frame: Uint8Array): AccessResult {
  const { communicator, tag, format, signature, offset, bytes, payloadBytes } = header;
  const part = WindowPart.find(segment.host, segment.firstIndex + local, communicator, tag);
  if (part === null) return { outcome: Outcome.noSuchPart, data: null };
  const Type = elementConstructors[format - 1];
  const isTooLong = bytes * elementBytes(part.plan.format) > accessBytesMax;
  if (Type === undefined || isTooLong || payloadBytes % Type.BYTES_PER_ELEMENT !== 0)
    return { outcome: Outcome.refused, data: null };
  // A copy, for its place in the frame may be no multiple of its elements' length.
  const data = payloadBytes === 0 ? null : new Type(frame.slice(headerBytes, headerBytes + payloadBytes).buffer);
  const kind = (signature & 0xff) as AccessKind;
  const request = { kind, op: (signature >>> 8) & 0xff, rank: signature >>> 16, offset, length: bytes, data };
  return access(part, request);
}
