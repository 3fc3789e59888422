import { existsSync, unlinkSync } from 'node:fs';
import type { HttpRequest, HttpResponse, us_listen_socket, us_socket_context_t, WebSocket } from 'uWebSockets.js';
import { frameBytesMax, unauthenticatedSocketsMax } from '../../core/limits.ts';
import { MeshHeader, reasonPhrases, type UpgradeRequest, type Verdict } from './handshake.ts';
import { listenFailure } from './listen-failure.ts';
import type { Native } from './native.ts';
import type { Doorkeeper, Listener, Wire, WireEvents } from './wire.ts';

/** What uWebSockets.js keeps with each socket. */
interface Seat {
  readonly from: number;
  holder: WireEvents | null;
  wire: UwsWire | null;
}

/**
 * Listens with uWebSockets.js. Rejects with ERR_LAUNCH. Silent and dripping sockets are cut by the library itself, ten
 * to twelve seconds after they came; its own close codes are the ones that `ws` uses.
 */
export async function listenUws(native: Native, path: string, door: Doorkeeper): Promise<Listener> {
  const app = native.App();
  const wires = new Set<UwsWire>();
  // Sockets that are neither closed nor upgraded. The library counts them up and down, but not at an upgrade.
  let strangers = 0;
  (app as unknown as Filtered).filter((response, change) => {
    strangers += change;
    if (change > 0 && strangers > unauthenticatedSocketsMax) response.close();
  });
  app.ws<Seat>('/*', {
    compression: native.DISABLED,
    maxPayloadLength: frameBytesMax,
    // A quiet link is a healthy link: whether a sandbox lives is the rendezvous' business.
    idleTimeout: 0,
    sendPingsAutomatically: false,
    maxLifetime: 0,
    // No limit of the library's: past its limit it would drop messages. `Mesh.send` says when to stop.
    maxBackpressure: 0,
    upgrade: (response, request, context) => {
      answerUpgrade(response, request, context, door.judge(describe(request)));
    },
    open: (socket) => {
      strangers -= 1;
      const seat = socket.getUserData();
      seat.holder = door.admit(seat.from);
      seat.wire = new UwsWire(socket, () => wires.delete(seat.wire as UwsWire));
      wires.add(seat.wire);
      seat.holder.opened(seat.wire);
    },
    message: (socket, message, isBinary) => {
      socket.getUserData().holder?.message(new Uint8Array(message), isBinary);
    },
    drain: (socket) => {
      const { wire, holder } = socket.getUserData();
      wire?.drained();
      holder?.drained();
    },
    close: (socket, code, words) => {
      const { wire, holder } = socket.getUserData();
      wire?.closed();
      holder?.closed(code, Buffer.from(words).toString());
    },
  });
  app.any('/*', (response, request) => {
    const verdict = door.judge(describe(request));
    refuse(response, verdict.accepted ? notUpgraded : verdict);
  });
  const socket = await bind(app, path);
  return { name: 'uWebSockets.js', close: () => closeApp(native, app, socket, wires, path) };
}

/** `filter` is missing from the library's types. */
interface Filtered {
  filter(handler: (response: HttpResponse, change: 1 | -1) => void): void;
}

type App = ReturnType<Native['App']>;
type Refusal = Extract<Verdict, { accepted: false }>;

const notUpgraded: Refusal = { accepted: false, status: 426, words: 'this path speaks WebSocket only' };

function describe(request: HttpRequest): UpgradeRequest {
  // Undefined without a question mark, which the library's types do not say.
  const query = request.getQuery() as string | undefined;
  return {
    method: request.getMethod(),
    path: request.getUrl() + (query === undefined ? '' : `?${query}`),
    header: (name) => request.getHeader(name),
  };
}

function answerUpgrade(
  response: HttpResponse,
  request: HttpRequest,
  context: us_socket_context_t,
  verdict: Verdict,
): void {
  if (!verdict.accepted) {
    refuse(response, verdict);
    return;
  }
  const seat: Seat = { from: verdict.from, holder: null, wire: null };
  response.writeStatus('101 Switching Protocols');
  response.writeHeader(MeshHeader.proof, verdict.proof);
  // Neither a subprotocol nor an extension is agreed on, whatever the dialler offers.
  response.upgrade(seat, request.getHeader('sec-websocket-key'), '', '', context);
}

function refuse(response: HttpResponse, refusal: Refusal): void {
  response.writeStatus(`${String(refusal.status)} ${reasonPhrases[refusal.status]}`);
  response.writeHeader('content-type', 'text/plain');
  if (refusal.status === 426) response.writeHeader('upgrade', 'websocket');
  response.end(refusal.words, true);
}

function bind(app: App, path: string): Promise<us_listen_socket> {
  return new Promise((resolve, reject) => {
    // The library would take over the name of a socket that is already there.
    if (existsSync(path)) {
      reject(listenFailure(path, new Error('the name is taken')));
      return;
    }
    app.listen_unix((socket: us_listen_socket | false) => {
      if (socket === false) reject(listenFailure(path, new Error('bind failed')));
      else resolve(socket);
    }, path);
  });
}

function closeApp(
  native: Native,
  app: App,
  socket: us_listen_socket,
  wires: ReadonlySet<UwsWire>,
  path: string,
): Promise<void> {
  native.us_listen_socket_close(socket);
  for (const wire of [...wires]) wire.destroy();
  app.close();
  if (existsSync(path)) unlinkSync(path);
  return Promise.resolve();
}

/** A uWebSockets.js socket as a wire. The library's socket must not be touched once it is closed. */
class UwsWire implements Wire {
  #socket: WebSocket<Seat> | null;
  readonly #gone: () => void;
  #goodbye: { readonly code: number; readonly words: string } | null = null;

  constructor(socket: WebSocket<Seat>, gone: () => void) {
    this.#socket = socket;
    this.#gone = gone;
  }

  get waitingBytes(): number {
    return this.#socket?.getBufferedAmount() ?? 0;
  }

  send(parts: readonly Uint8Array[], bytes: number): void {
    const socket = this.#socket;
    if (socket === null) return;
    let at = 0;
    for (const part of parts) {
      scratch.set(part, at);
      at += part.byteLength;
    }
    // The library writes what the kernel takes and copies the rest before it returns.
    const status = socket.send(scratch.subarray(0, bytes), true, false);
    // 2 is "dropped": impossible without a backpressure limit, and a hole in the stream if it ever happened.
    if (status === 2) socket.end(1011, 'a frame was dropped');
  }

  end(code: number, words: string): void {
    // Not from within one of the library's own calls: what they have gathered, a handshake's answer too, would be lost.
    setImmediate(() => {
      this.#end(code, words);
    });
  }

  #end(code: number, words: string): void {
    const socket = this.#socket;
    if (socket === null) return;
    // The library would be told to close with bytes still waiting; they go first.
    if (socket.getBufferedAmount() > 0) this.#goodbye = { code, words };
    else socket.end(code, words);
  }

  destroy(): void {
    this.#socket?.close();
  }

  /** The library does not show its descriptors. */
  lend(): number {
    return -1;
  }

  takeBack(): void {
    throw new RangeError('a socket of uWebSockets.js was never lent');
  }

  /** The library's drain. */
  drained(): void {
    const goodbye = this.#goodbye;
    if (goodbye === null || this.waitingBytes > 0) return;
    this.#goodbye = null;
    this.#socket?.end(goodbye.code, goodbye.words);
  }

  /** The library's close. */
  closed(): void {
    this.#socket = null;
    this.#gone();
  }
}

/** Where a frame is put together for the library, which copies or writes it before `send` returns. */
const scratch = new Uint8Array(frameBytesMax);
