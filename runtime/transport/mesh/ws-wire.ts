import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { frameBytesMax, meshCloseTimeoutMs } from '../../core/limits.ts';
import type { Wire, WireEvents } from './wire.ts';

/** Settings that every `ws` socket of the mesh shares, dialled or accepted. */
export const wsOptions = {
  perMessageDeflate: false,
  maxPayload: frameBytesMax,
  // A frame is one message; nobody of ours splits one, and 16 pieces are room for those who must.
  maxFragments: 16,
  skipUTF8Validation: true,
  closeTimeout: meshCloseTimeoutMs,
} as const;

/** A `ws` socket as a wire. `raw` is the stream below it, which alone tells when it has drained. */
class WsWire implements Wire {
  readonly #socket: WebSocket;
  readonly #raw: Duplex;
  /** Where a frame is put together. Given away, and replaced, when the kernel does not take it at once. */
  #scratch: Buffer | null = null;

  constructor(socket: WebSocket, raw: Duplex) {
    this.#socket = socket;
    this.#raw = raw;
  }

  get waitingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(parts: readonly Uint8Array[], bytes: number): void {
    // Behind waiting bytes the frame will wait too: it gets memory of its own size. Else it most likely leaves at once.
    const waits = this.#socket.bufferedAmount > 0;
    const target = waits ? Buffer.allocUnsafe(bytes) : (this.#scratch ??= Buffer.allocUnsafeSlow(frameBytesMax));
    let at = 0;
    for (const part of parts) {
      target.set(part, at);
      at += part.byteLength;
    }
    this.#socket.send(target.subarray(0, bytes), sendOptions);
    if (!waits && this.#socket.bufferedAmount > 0) this.#scratch = null;
  }

  end(code: number, words: string): void {
    this.#socket.close(code, words);
  }

  destroy(): void {
    this.#socket.terminate();
  }

  lend(): number {
    const handle = (this.#raw as Handled)._handle;
    if (handle?.fd === undefined || handle.fd < 0) return -1;
    handle.readStop();
    handle.reading = false;
    return handle.fd;
  }

  takeBack(unsent: Uint8Array, unread: Uint8Array): void {
    if (unsent.byteLength > 0) this.#raw.write(unsent);
    if (unread.byteLength > 0) this.#raw.unshift(unread);
    const handle = (this.#raw as Handled)._handle;
    if (handle === undefined || handle === null) return;
    handle.reading = true;
    handle.readStart();
  }
}

/** What a socket of node's has, and is not in its types. */
interface Handled {
  readonly _handle?: { readonly fd?: number; reading: boolean; readStart(): void; readStop(): void } | null;
}

const sendOptions = { binary: true, compress: false, fin: true };

/** Connects an open `ws` socket with whoever holds its wire. */
export function attachWsWire(socket: WebSocket, raw: Duplex, events: WireEvents): void {
  let failure = '';
  socket.binaryType = 'nodebuffer';
  socket.on('message', (data: RawData, isBinary: boolean) => {
    // With `nodebuffer` every message is one Buffer. Handed on as what it is below: a Buffer's slice() would not copy.
    const { buffer, byteOffset, byteLength } = data as Buffer;
    events.message(new Uint8Array(buffer, byteOffset, byteLength), isBinary);
  });
  socket.on('error', (error) => {
    failure = error.message;
  });
  socket.on('close', (code, words) => {
    events.closed(code, words.length > 0 ? words.toString() : failure);
  });
  raw.on('drain', () => {
    events.drained();
  });
  events.opened(new WsWire(socket, raw));
}
