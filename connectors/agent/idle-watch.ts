import type { CountedStream } from '../wire/counted-stream.ts';

/** Cuts a stream on which nothing moves, though no limit holds it back. */
export class IdleWatch {
  readonly #stream: CountedStream;
  readonly #cut: (why: string) => void;
  #idleMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: CountedStream, cut: (why: string) => void) {
    [this.#stream, this.#cut] = [stream, cut];
    stream.once('close', () => clearInterval(this.#timer));
  }

  /** When nothing has moved for so long; undefined: never. */
  limit(idleMs: number | undefined): void {
    if (idleMs === this.#idleMs) return;
    this.#idleMs = idleMs;
    clearInterval(this.#timer);
    if (idleMs === undefined || this.#stream.closed) return;
    let moved = -1;
    this.#timer = setInterval(() => {
      const now = this.#stream.bytesReceived + this.#stream.bytesSent;
      if (now === moved && !this.#stream.isHeldBack) this.#cut(`nothing has moved for ${String(idleMs / 1000)} s`);
      moved = now;
    }, idleMs);
  }
}
