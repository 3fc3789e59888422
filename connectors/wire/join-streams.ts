/** Two streams made one: what comes out of each goes into the other, with backpressure and half-close. */
import type { Duplex } from 'node:stream';

/** Resolves when both are over, with the error that ended them early, if any. */
export function joinStreams(one: Duplex, other: Duplex): Promise<Error | null> {
  return new Promise((resolve) => {
    let failure: Error | null = null;
    let open = 2;
    const closed = (): void => {
      open -= 1;
      if (open === 0) resolve(failure);
    };
    for (const [stream, peer] of [
      [one, other],
      [other, one],
    ] as const) {
      stream.on('error', (error) => {
        failure ??= error;
        peer.destroy(error);
      });
      stream.on('close', () => {
        if (!peer.destroyed && !(stream.readableEnded && stream.writableFinished)) peer.destroy(failure ?? undefined);
        closed();
      });
      if (stream.closed) closed();
      stream.pipe(peer);
    }
  });
}
