/** The `handback` records of a rank that has used its sandbox's links itself. */
import { Handback } from '../transport/bare/bare-links.ts';
import { headerBytes } from '../transport/header.ts';
import { decodeHeader } from '../transport/header-codec.ts';
import type { Link } from '../transport/mesh/link.ts';

/** Does to `link` what the record says: goes on with it, or ends it. */
export function takeBack(link: Link | undefined, record: Uint8Array): void {
  if (link === undefined) return;
  const { tag, bytes, sequence } = decodeHeader(record);
  // A copy: the record lies in shared memory, and is gone when this returns.
  const payload = record.slice(headerBytes);
  if (tag === Handback.whole) link.takeBack(payload.subarray(0, bytes), payload.subarray(bytes));
  else link.endedAtBorrower(sequence, new TextDecoder().decode(payload), tag === Handback.refused);
}
