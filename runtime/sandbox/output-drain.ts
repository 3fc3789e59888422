/** Takes what the ranks print out of their lanes and sends it to the launcher, as fast as the launcher takes it. */
import { outputChunkBytes } from '../core/limits.ts';
import type { Lane } from '../transport/lane.ts';
import type { Segment } from '../transport/segment.ts';
import { decodeReport } from './error-report.ts';
import { type ErrorReport, OutputStream } from './rank-task.ts';

/** Sends bytes of one stream of a local rank. A promise: nothing more until it is fulfilled. */
export type SendOutput = (local: number, stream: 1 | 2, bytes: Uint8Array) => void | Promise<void>;

export class OutputDrain {
  readonly #segment: Segment;
  readonly #send: SendOutput;
  readonly #reports = new Map<number, ErrorReport>();
  /** Records of one stream, gathered into one message: a rank that prints lines writes a record for each. */
  readonly #gathered = new Uint8Array(outputChunkBytes);
  #gatheredBytes = 0;
  #gatheredStream: 1 | 2 = 1;
  #isPaused = false;

  constructor(segment: Segment, send: SendOutput) {
    this.#segment = segment;
    this.#send = send;
  }

  /** Why the rank ended, as it said itself. */
  report(local: number): ErrorReport | undefined {
    return this.#reports.get(local);
  }

  /** True when all that the rank has written so far was sent. */
  isDrained(local: number): boolean {
    return !this.#isPaused && this.#segment.output(local).empty;
  }

  /** Sends what there is. While the launcher is behind it does nothing, and wakes the agent when to call again. */
  poll(): void {
    if (this.#isPaused) return;
    this.#segment.readyOutputs((local) => {
      const lane = this.#segment.output(local);
      while (!this.#isPaused && this.#sendOne(local, lane));
      if (this.#isPaused) lane.markReady();
    });
  }

  /** Sends one message, of as many records as fit; false when the lane is empty. */
  #sendOne(local: number, lane: Lane): boolean {
    for (;;) {
      const at = lane.peek();
      if (at < 0) break;
      const record = lane.bytes.subarray(at, at + lane.peekedBytes);
      if (!this.#gather(local, record)) break;
      lane.consume();
    }
    if (this.#gatheredBytes === 0) return false;
    const sent = this.#send(local, this.#gatheredStream, this.#gathered.subarray(0, this.#gatheredBytes));
    this.#gatheredBytes = 0;
    if (sent !== undefined) this.#pauseUntil(sent);
    return true;
  }

  /** Adds a record to the message; false when it does not belong into it. */
  #gather(local: number, record: Uint8Array): boolean {
    const stream = record[0];
    const bytes = record.subarray(1);
    if (stream === OutputStream.report) {
      const report = decodeReport(bytes.slice());
      if (report !== undefined) this.#reports.set(local, report);
      return true;
    }
    const known = stream === OutputStream.stderr ? 2 : 1;
    if (this.#gatheredBytes === 0) this.#gatheredStream = known;
    else if (known !== this.#gatheredStream || this.#gatheredBytes + bytes.byteLength > outputChunkBytes) return false;
    this.#gathered.set(bytes, this.#gatheredBytes);
    this.#gatheredBytes += bytes.byteLength;
    return true;
  }

  #pauseUntil(sent: Promise<void>): void {
    this.#isPaused = true;
    const resume = (): void => {
      this.#isPaused = false;
      this.#segment.wake(this.#segment.agent);
    };
    // A launcher that is gone is told elsewhere; the lanes are emptied all the same.
    sent.then(resume, resume);
  }
}
