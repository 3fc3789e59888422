/** Join streams that have not said who they are: so many, each for so long. */
import { status } from '@grpc/grpc-js';
import { handshakeTimeoutMs, unauthenticatedStreamsMax } from '../core/limits.ts';
import type { JoinCall } from './seat.ts';

export interface Stranger {
  /** Gives up its place; false when it had none any more. */
  leave(): boolean;
  /** Ends the stream. */
  evict(): void;
}

export class Strangers {
  readonly #all = new Set<Stranger>();

  /** Gives a stream its place; `silent` is called when it has said nothing for too long. */
  receive(call: JoinCall, silent: () => void): Stranger {
    const silence = setTimeout(() => {
      stranger.leave();
      silent();
    }, handshakeTimeoutMs);
    const stranger: Stranger = {
      leave: () => {
        clearTimeout(silence);
        return this.#all.delete(stranger);
      },
      evict: () => {
        stranger.leave();
        call.emit('error', { code: status.RESOURCE_EXHAUSTED, details: 'too many streams that have not said hello' });
      },
    };
    // The oldest goes: an honest sandbox says hello at once.
    if (this.#all.size >= unauthenticatedStreamsMax) this.#all.values().next().value?.evict();
    this.#all.add(stranger);
    return stranger;
  }
}
