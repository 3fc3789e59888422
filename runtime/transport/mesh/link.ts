import { isTsmpiError, TsmpiError } from '../../core/errors.ts';
import { frameBytesMax, linkHighWaterBytes } from '../../core/limits.ts';
import { checkFrame, type FrameScope } from '../frame.ts';
import type { Wire, WireEvents } from './wire.ts';

/** What a link tells its mesh. */
export interface LinkEvents {
  /** The link stands. */
  up(link: Link): void;
  frame(from: number, frame: Uint8Array): void;
  drain(to: number): void;
  /** The link is gone: in order (null), or why not. */
  down(link: Link, error: TsmpiError | null): void;
}

type State =
  | { readonly is: 'opening' }
  | { readonly is: 'open'; readonly wire: Wire }
  | { readonly is: 'ending'; readonly wire: Wire }
  | { readonly is: 'closed' };

/** Below this much waiting, a link that was full takes frames again. */
const lowWaterBytes = linkHighWaterBytes / 4;

/** The frames between this sandbox and one other, over a wire that either of them dialled. */
export class Link implements WireEvents {
  readonly #scope: FrameScope;
  readonly #events: LinkEvents;
  readonly #log: (line: string) => void;
  #state: State = { is: 'opening' };
  #isFull = false;
  #isLent = false;
  #hasDropped = false;
  #whenClosed: (() => void) | null = null;

  constructor(scope: FrameScope, events: LinkEvents, log: (line: string) => void) {
    this.#scope = scope;
    this.#events = events;
    this.#log = log;
  }

  /** The sandbox at the other end. */
  get peer(): number {
    return this.#scope.peer.index;
  }

  get isOpen(): boolean {
    return this.#state.is === 'open';
  }

  /** Sends one frame; false when the link is full until `drain`. Throws ERR_RANK_FAILED when it does not stand. */
  send(parts: readonly Uint8Array[]): boolean {
    const state = this.#state;
    if (state.is !== 'open') throw this.#gone('is not open');
    let bytes = 0;
    for (const part of parts) bytes += part.byteLength;
    if (bytes > frameBytesMax) {
      throw new TsmpiError('ERR_ARGUMENT', `frame of ${String(bytes)} bytes, at most ${String(frameBytesMax)}`, {
        where: this.#where(),
      });
    }
    state.wire.send(parts, bytes);
    if (state.wire.waitingBytes <= linkHighWaterBytes) return true;
    this.#isFull = true;
    return false;
  }

  /** Sends what waits and closes in order; resolves when the wire is closed. Its end is not reported as `down`. */
  end(): Promise<void> {
    const state = this.#state;
    if (state.is !== 'open') return Promise.resolve();
    if (this.#isLent) {
      // The borrower may have stopped in the middle of a frame.
      this.destroy();
      return Promise.resolve();
    }
    this.#state = { is: 'ending', wire: state.wire };
    return new Promise((resolve) => {
      this.#whenClosed = resolve;
      state.wire.end(1000, 'goodbye');
    });
  }

  /** Lets somebody else use the socket: its descriptor, or -1. Until it is taken back, `send` and `end` have none. */
  lend(): number {
    const state = this.#state;
    if (state.is !== 'open') return -1;
    const descriptor = state.wire.lend();
    this.#isLent = descriptor >= 0;
    return descriptor;
  }

  /** Goes on with the socket. `unsent` are bytes of frames that are still to leave, `unread` such as have come. */
  takeBack(unsent: Uint8Array, unread: Uint8Array): void {
    if (!this.#isLent) return;
    this.#isLent = false;
    if (this.#state.is === 'open') this.#state.wire.takeBack(unsent, unread);
  }

  /** The borrower has found the link at its end: closed by the peer with `code`, or (`isRefused`) broken by it. */
  endedAtBorrower(code: number, words: string, isRefused: boolean): void {
    const state = this.#state;
    if (state.is !== 'open') return;
    this.#isLent = false;
    if (isRefused) {
      this.#refuse(new TsmpiError('ERR_PROTOCOL', words, { where: this.#where() }));
      return;
    }
    this.closed(code, words);
    state.wire.destroy();
  }

  /** Cuts the wire at once, without an event. */
  destroy(): void {
    const state = this.#state;
    if (state.is === 'open') this.#state = { is: 'ending', wire: state.wire };
    if (state.is === 'open' || state.is === 'ending') state.wire.destroy();
  }

  opened(wire: Wire): void {
    this.#state = { is: 'open', wire };
    this.#events.up(this);
  }

  message(message: Uint8Array, isBinary: boolean): void {
    if (this.#state.is !== 'open') return;
    try {
      if (!isBinary) throw new TsmpiError('ERR_PROTOCOL', 'text instead of a frame', { where: this.#where() });
      if (!checkFrame(message, this.#scope)) {
        this.#noteDropped();
        return;
      }
    } catch (error) {
      if (!isTsmpiError(error)) throw error;
      this.#refuse(error);
      return;
    }
    this.#events.frame(this.peer, message);
  }

  drained(): void {
    const state = this.#state;
    if (state.is !== 'open' || !this.#isFull || state.wire.waitingBytes > lowWaterBytes) return;
    this.#isFull = false;
    this.#events.drain(this.peer);
  }

  closed(code: number, words: string): void {
    const state = this.#state;
    this.#state = { is: 'closed' };
    this.#whenClosed?.();
    if (state.is === 'open') this.#events.down(this, this.#reasonOf(code, words));
  }

  /** The peer broke the protocol: it is told which rule, and the link is over. */
  #refuse(error: TsmpiError): void {
    const state = this.#state;
    if (state.is !== 'open') return;
    this.#state = { is: 'ending', wire: state.wire };
    // A close reason has at most 123 bytes; the messages are ASCII.
    state.wire.end(1002, error.message.slice(0, 120));
    this.#events.down(this, error);
  }

  #noteDropped(): void {
    if (this.#hasDropped) return;
    this.#hasDropped = true;
    this.#log(`${this.#where()}: a frame of another epoch than ${String(this.#scope.epoch)} was dropped`);
  }

  #reasonOf(code: number, words: string): TsmpiError | null {
    if (code === 1000) return null;
    const said = words === '' ? '' : ` (${words})`;
    if (code === 1006) return this.#gone(`was cut${said}`);
    return new TsmpiError('ERR_PROTOCOL', `the link was closed with code ${String(code)}${said}`, {
      where: this.#where(),
    });
  }

  #gone(what: string): TsmpiError {
    const { firstRank, ranks } = this.#scope.peer;
    return new TsmpiError('ERR_RANK_FAILED', `the link ${what}`, {
      where: this.#where(),
      failed: Array.from({ length: ranks }, (_, nth) => firstRank + nth),
    });
  }

  #where(): string {
    return `mesh link from sandbox ${String(this.peer)} to ${String(this.#scope.own.index)}`;
  }
}
