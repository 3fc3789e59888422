/** Two streams made one: what comes out of each goes into the other, with backpressure and half-close. */
import type { Duplex } from 'node:stream';

/** Resolves when both are over, with the error that ended them early, if any. Either may be over already. */
export function joinStreams(one: Duplex, other: Duplex): Promise<Error | null> {
  return new Promise((resolve) => {
    let failure: Error | null = null;
    let open = 2;
    const fail = (error: Error, peer: Duplex): void => {
      failure ??= error;
      peer.destroy(error);
    };
    const closed = (stream: Duplex, peer: Duplex): void => {
      if (!peer.destroyed && !(stream.readableEnded && stream.writableFinished)) peer.destroy(failure ?? undefined);
      open -= 1;
      if (open === 0) resolve(failure);
    };
    const pairs = [
      [one, other],
      [other, one],
    ] as const;
    for (const [stream, peer] of pairs) {
      stream.on('error', (error) => fail(error, peer));
      if (!stream.closed) stream.once('close', () => closed(stream, peer));
    }
    for (const [stream, peer] of pairs) {
      if (stream.errored !== null) fail(stream.errored, peer);
      if (stream.closed) closed(stream, peer);
      else stream.pipe(peer);
    }
  });
}
