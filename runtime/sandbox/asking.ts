/** What ranks ask the launcher for, and its answers, as records between a rank and its agent. */
import type { Ask, Answer } from '../rendezvous/options.ts';
import { headerBytes, Kind } from '../transport/header.ts';
import { createHeader, decodeHeader, encodeHeader, kindOf } from '../transport/header-codec.ts';

/** What the record of a rank asks for; null when it is of another kind. */
export function askOf(record: Uint8Array): Ask | null {
  if (kindOf(record) !== Kind.ask) return null;
  const { source, sequence } = decodeHeader(record);
  // A copy: TextDecoder refuses shared memory.
  const text = new TextDecoder().decode(record.slice(headerBytes));
  return { rank: source, number: sequence, request: JSON.parse(text) as Ask['request'] };
}

/** The record that answers it. */
export function recordOf({ rank, number, result }: Answer, epoch: number): Uint8Array {
  const payload = new TextEncoder().encode(JSON.stringify(result));
  const header = { ...createHeader(Kind.answer), epoch, destination: rank, source: rank, sequence: number };
  return Buffer.concat([encodeHeader({ ...header, payloadBytes: payload.byteLength }), payload]);
}
