/**
 * A rank's way out for its output: records into the output lane, written by the calling thread itself. What was
 * written is in shared memory when the call returns, so neither a busy loop nor the end of the thread can lose it.
 */
import { outputChunkBytes } from '../core/limits.ts';
import type { Lane } from '../transport/lane.ts';
import type { Segment } from '../transport/segment.ts';
import type { OutputStream } from './rank-task.ts';

export class OutputWriter {
  readonly #segment: Segment;
  readonly #localIndex: number;
  readonly #lane: Lane;

  constructor(segment: Segment, localIndex: number) {
    this.#segment = segment;
    this.#localIndex = localIndex;
    this.#lane = segment.output(localIndex);
  }

  /**
   * Writes `bytes` as one record, or as several of `outputChunkBytes` when it is longer. Blocks the thread while the
   * lane is full, as a write to a full pipe does.
   */
  write(stream: OutputStream, bytes: Uint8Array): void {
    const head = Uint8Array.of(stream);
    for (let at = 0; at < bytes.byteLength; at += outputChunkBytes) {
      this.#writeRecord(head, bytes.subarray(at, at + outputChunkBytes));
    }
  }

  #writeRecord(head: Uint8Array, piece: Uint8Array): void {
    this.#segment.sleepUntil(this.#localIndex, () => this.#lane.writeOrAsk(head, piece));
  }
}
