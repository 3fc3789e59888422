import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { upgradeHeaders } from './mesh-party.ts';

/** The dialler's end of a link, driven byte by byte: what no well-behaved client would let a test do. */
export interface RawLink {
  readonly socket: Socket;
  /** Resolves with what came after the handshake, once the other side has closed the socket. */
  readonly closed: Promise<Buffer>;
}

/** Shakes hands as sandbox `from` with the listener of sandbox 0. */
export async function openRawLink(address: string, from: number): Promise<RawLink> {
  const socket = connect(address);
  const lines = Object.entries(upgradeHeaders(from, 0)).map(([name, value]) => `${name}: ${value}`);
  socket.write(['GET /mpi/v1 HTTP/1.1', ...lines, '', ''].join('\r\n'));
  const [head] = (await once(socket, 'data')) as [Buffer];
  if (!head.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(head.toString('latin1'));
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  socket.on('error', () => undefined);
  // Not once(): an error on the way, such as a write to a closed socket, is an end like any other.
  const closed = new Promise<Buffer>((resolve) => {
    socket.on('close', () => {
      resolve(Buffer.concat(pieces));
    });
  });
  return { socket, closed };
}

/** How one WebSocket frame is written. */
export interface WebSocketFrame {
  readonly opcode: number;
  readonly isFinal: boolean;
  /** Defaults to the length of the payload. */
  readonly length?: number;
  /** Four bytes; zeros by default, as our diallers send. */
  readonly mask?: Uint8Array;
}

/** Encodes one masked WebSocket frame (RFC 6455, 5.2). */
export function webSocketFrame(payload: Uint8Array, frame: WebSocketFrame): Uint8Array {
  const { opcode, isFinal, length = payload.length, mask = new Uint8Array(4) } = frame;
  const head = [opcode | (isFinal ? 0x80 : 0)];
  if (length < 126) head.push(0x80 | length);
  else if (length < 65_536) head.push(0x80 | 126, length >> 8, length & 0xff);
  else {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(length));
    head.push(0x80 | 127, ...bytes);
  }
  const masked = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return Buffer.concat([Uint8Array.from(head), mask, masked]);
}
