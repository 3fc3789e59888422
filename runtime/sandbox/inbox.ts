/**
 * Records from other sandboxes on their way into one rank's ring. What does not fit waits here, in order, so that a
 * rank that computes holds up nobody else; the credits of the ranks bound it.
 */
import { eagerCreditBytes, pullWindowBytes } from '../core/limits.ts';
import { headerBytes, Kind } from '../transport/header.ts';
import { kindOf, sourceOf } from '../transport/header-codec.ts';
import type { Lane } from '../transport/lane.ts';

/** Of one sender: what was asked for, and what goes unasked. */
const dataBytesMax = pullWindowBytes + eagerCreditBytes;

export class Inbox {
  readonly #lane: Lane;
  #waiting: Uint8Array[] = [];
  /** Waiting bytes by sender and kind, for the kinds that credits bound. */
  readonly #eagerBytes = new Map<number, number>();
  readonly #dataBytes = new Map<number, number>();

  /** `lane`: the queue from the agent to the rank. */
  constructor(lane: Lane) {
    this.#lane = lane;
  }

  /**
   * Takes one record, which is copied. False: its sender has more waiting here than the protocol allows, and the record
   * was not taken.
   */
  deliver(record: Uint8Array): boolean {
    if (this.#waiting.length === 0 && this.#lane.writeOrAsk(record)) return true;
    if (!this.#count(record, 1)) return false;
    this.#waiting.push(record.slice());
    return true;
  }

  /** Moves what waits into the ring as it has room; the rank's wake of the agent says when there is more. */
  flush(): void {
    let moved = 0;
    for (const record of this.#waiting) {
      if (!this.#lane.writeOrAsk(record)) break;
      this.#count(record, -1);
      moved += 1;
    }
    if (moved > 0) this.#waiting.splice(0, moved);
  }

  /** Forgets everything: the rank is over. */
  clear(): void {
    this.#waiting = [];
    this.#eagerBytes.clear();
    this.#dataBytes.clear();
  }

  /** Adds or takes off the record's bytes; false when the sum would pass what its sender may have in flight. */
  #count(record: Uint8Array, sign: 1 | -1): boolean {
    const kind = kindOf(record);
    // As the ranks count: an eager message with its header, so that empty ones cost too; pulled data without.
    if (kind === Kind.eager) return add(this.#eagerBytes, record, sign * record.byteLength, eagerCreditBytes);
    if (kind === Kind.data) {
      return add(this.#dataBytes, record, sign * (record.byteLength - headerBytes), dataBytesMax);
    }
    return true;
  }
}

function add(sums: Map<number, number>, record: Uint8Array, bytes: number, most: number): boolean {
  const source = sourceOf(record);
  const sum = (sums.get(source) ?? 0) + bytes;
  if (sum > most) return false;
  if (sum === 0) sums.delete(source);
  else sums.set(source, sum);
  return true;
}
