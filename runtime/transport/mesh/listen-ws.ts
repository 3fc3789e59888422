import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { handshakeHeaderBytesMax, handshakeTimeoutMs, unauthenticatedSocketsMax } from '../../core/limits.ts';
import { MeshHeader, type UpgradeRequest } from './handshake.ts';
import { listenFailure } from './listen-failure.ts';
import type { Doorkeeper, Listener } from './wire.ts';
import { attachWsWire, wsOptions } from './ws-wire.ts';

/** Listens with `ws`'s server: what runs where no native build of uWebSockets.js loads. Rejects with ERR_LAUNCH. */
export async function listenWs(path: string, door: Doorkeeper): Promise<Listener> {
  const sockets = new WebSocketServer({ ...wsOptions, noServer: true, clientTracking: true });
  const server = createServer({ maxHeaderSize: handshakeHeaderBytesMax, keepAlive: false });
  const strangers = watchStrangers(server);
  server.on('request', (request, response) => {
    const { status, words } = refusalOf(door, request);
    response.writeHead(status, { 'content-type': 'text/plain', connection: 'close', upgrade: 'websocket' });
    response.end(words);
  });
  server.on('upgrade', (request, socket, head) => {
    const verdict = door.judge(describe(request));
    if (!verdict.accepted) {
      refuse(socket, verdict.status, verdict.words);
      return;
    }
    const addProof = (headers: string[]): void => void headers.push(`${MeshHeader.proof}: ${verdict.proof}`);
    sockets.once('headers', addProof);
    sockets.handleUpgrade(request, socket, head, (wire) => {
      strangers.admit(socket);
      attachWsWire(wire, socket, door.admit(verdict.from));
    });
    // handleUpgrade answers before it returns; when it refused, nobody took the listener away.
    sockets.off('headers', addProof);
  });
  await listenPrivately(server, path);
  return { name: 'ws', close: () => closeServer(server, sockets, strangers) };
}

/** Sockets that have not proved who they are: at most so many, and each for so long. */
interface Strangers {
  admit(socket: Duplex): void;
  cut(): void;
}

function watchStrangers(server: Server): Strangers {
  const waiting = new Map<Duplex, NodeJS.Timeout>();
  const forget = (socket: Duplex): void => {
    clearTimeout(waiting.get(socket));
    waiting.delete(socket);
  };
  server.on('connection', (socket: Socket) => {
    // The oldest goes: an honest dialler proves itself in milliseconds, and tries again when it lost its place.
    if (waiting.size >= unauthenticatedSocketsMax) waiting.keys().next().value?.destroy();
    // Not socket.setTimeout: a peer that drips bytes would be idle at no time.
    waiting.set(
      socket,
      setTimeout(() => socket.destroy(), handshakeTimeoutMs),
    );
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      forget(socket);
    });
  });
  return {
    admit: forget,
    cut: () => {
      for (const socket of [...waiting.keys()]) socket.destroy();
    },
  };
}

function describe(request: IncomingMessage): UpgradeRequest {
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    header: (name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? value : (value?.join(', ') ?? '');
    },
  };
}

/** A request without an upgrade: judged like the others, for the path and the words. */
function refusalOf(door: Doorkeeper, request: IncomingMessage): { status: number; words: string } {
  const verdict = door.judge(describe(request));
  return verdict.accepted ? { status: 426, words: 'this path speaks WebSocket only' } : verdict;
}

function refuse(socket: Duplex, status: number, words: string): void {
  const lines = [
    `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`,
    'content-type: text/plain',
    `content-length: ${String(Buffer.byteLength(words))}`,
    'connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${words}`);
}

/** Binds with a socket file that only this user can open. */
function listenPrivately(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(listenFailure(path, error));
    });
    // The file is made within listen(); the job's directory is 0700 already, this is the second lock.
    const umask = process.umask(0o177);
    try {
      server.listen(path, resolve);
    } finally {
      process.umask(umask);
    }
  });
}

async function closeServer(server: Server, sockets: WebSocketServer, strangers: Strangers): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  strangers.cut();
  for (const wire of sockets.clients) wire.terminate();
  server.closeAllConnections();
  await closed;
}
