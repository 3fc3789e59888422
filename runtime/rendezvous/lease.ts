import { heartbeatIntervalMs, leaseMs } from '../core/limits.ts';

/** Heartbeats without an answer that the lease allows. */
const silentBeatsMax = leaseMs / heartbeatIntervalMs;

/**
 * Whether the other side of a Join stream still lives. It counts our own beats since the last sign of life rather than
 * reading a clock: a process that was stopped or starved itself has missed its own beats too, and gives the other side
 * the time to be heard.
 */
export class Lease {
  #silentBeats = 0;

  /** Something came from the other side. */
  heard(): void {
    this.#silentBeats = 0;
  }

  /** One `heartbeatIntervalMs` has passed; false when the lease has run out. */
  beat(): boolean {
    this.#silentBeats += 1;
    return this.#silentBeats <= silentBeatsMax;
  }
}
