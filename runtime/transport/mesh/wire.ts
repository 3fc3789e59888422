/**
 * One upgraded WebSocket, whichever library holds it and whichever end dialled. A wire moves whole binary messages and
 * knows nothing of frames or ranks.
 */
import type { UpgradeRequest, Verdict } from './handshake.ts';

/** One end of a standing WebSocket. */
export interface Wire {
  /** Sends `parts` as one message of `bytes` bytes. Takes it always; the parts may be reused on return. */
  send(parts: readonly Uint8Array[], bytes: number): void;
  /** Bytes that the kernel has not taken yet. */
  readonly waitingBytes: number;
  /** Sends what waits, then says goodbye with a WebSocket close code and at most 123 bytes of words. */
  end(code: number, words: string): void;
  /** Cuts the socket at once. */
  destroy(): void;
  /** Stops reading, for somebody else to use the socket: its descriptor, or -1 when this wire cannot do so. */
  lend(): number;
  /** Goes on, after `unsent` bytes that are still to be written and with `unread` ones that were read already. */
  takeBack(unsent: Uint8Array, unread: Uint8Array): void;
}

/** What a wire tells its holder, in this order: `opened`, any number of the others, `closed` once. */
export interface WireEvents {
  opened(wire: Wire): void;
  /** `message` is valid only during the call. */
  message(message: Uint8Array, isBinary: boolean): void;
  /** Some or all of `waitingBytes` has left. */
  drained(): void;
  /** `code` is a WebSocket close code: 1000 in order, 1006 without a word. */
  closed(code: number, words: string): void;
}

/** What a listener needs: the judgement of a request, and who gets the wire once it stands. */
export interface Doorkeeper {
  judge(request: UpgradeRequest): Verdict;
  admit(from: number): WireEvents;
}

/** A listening socket of either library. */
export interface Listener {
  readonly name: 'uWebSockets.js' | 'ws';
  /** Cuts what is left of its wires and stops listening; the socket's file is gone afterwards. */
  close(): Promise<void>;
}
