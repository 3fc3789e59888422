/**
 * The sending half of a link that a rank uses itself: frames go from the call into the socket. A short frame is put
 * together first and leaves with one call; the payload of a longer one leaves from where it lies. What the socket does
 * not take of a frame is kept here, and short frames behind it join it, to leave together.
 */
import { chunkBytesMax, eagerBytesMax, frameBytesMax } from '../../core/limits.ts';
import { type Header, headerBytes } from '../header.ts';
import { writeHeader } from '../header-codec.ts';
import type { OutgoingLane } from '../lane.ts';
import { Errno, type SocketCalls } from './socket-calls.ts';
import { headBytesMax, Opcode, writeHead } from './web-socket.ts';

/** Up to here it is cheaper to put a frame together than to name its pieces. */
const joinedBytesMax = 8192;
/** A part of the longest frame, and some short ones behind it. */
const keptBytesMax = 2 * (headBytesMax + frameBytesMax);
/** Payload bytes of a frame that may join what is kept. */
const joiningBytesMax = eagerBytesMax;

/** What of a socket all lanes of a rank share: the place where a frame is put together. */
export class FrameDesk {
  readonly calls: SocketCalls;
  readonly bytes = new Uint8Array(headBytesMax + headerBytes + joinedBytesMax);
  readonly view = new DataView(this.bytes.buffer);
  readonly address: number;
  /** Addresses and lengths of two pieces. */
  readonly vector = new BigUint64Array(4);
  readonly vectorAddress: number;

  constructor(calls: SocketCalls) {
    this.calls = calls;
    this.address = calls.address(this.bytes);
    this.vectorAddress = calls.address(this.vector);
  }

  /** Names two pieces of memory for a call. */
  name(first: number, firstBytes: number, second: number, secondBytes: number): void {
    this.vector[0] = BigInt(first);
    this.vector[1] = BigInt(firstBytes);
    this.vector[2] = BigInt(second);
    this.vector[3] = BigInt(secondBytes);
  }
}

export class BareLane implements OutgoingLane {
  readonly chunkBytes = chunkBytesMax;
  readonly #desk: FrameDesk;
  readonly #descriptor: number;
  readonly #masked: boolean;
  /** Made when the socket first takes less than it is given. */
  #kept: Uint8Array | null = null;
  #keptAddress = 0;
  #start = 0;
  #end = 0;
  #wantsSpace = false;
  #down = false;
  /** Told of each frame that was taken, to keep account. */
  readonly #sent: (header: Header) => void;

  constructor(desk: FrameDesk, descriptor: number, masked: boolean, sent: (header: Header) => void) {
    this.#desk = desk;
    this.#descriptor = descriptor;
    this.#masked = masked;
    this.#sent = sent;
  }

  /** True when the end of this rank's wait may be that the socket takes more. */
  get waitsForSpace(): boolean {
    return this.#wantsSpace || this.#start < this.#end;
  }

  /** Bytes of frames that the socket has not taken, for whoever goes on with it. */
  get kept(): Uint8Array {
    return this.#kept === null ? new Uint8Array(0) : this.#kept.slice(this.#start, this.#end);
  }

  /** Nobody reads what is sent any more: it is dropped. */
  lose(): void {
    this.#down = true;
    this.#start = this.#end = 0;
    this.#wantsSpace = false;
  }

  tryPost(header: Header, payload: Uint8Array | null): boolean {
    if (this.#down) return true;
    const taken = this.settle() ? this.#write(header, payload) : this.#join(header, payload);
    if (!taken) return false;
    this.#wantsSpace = false;
    this.#sent(header);
    return true;
  }

  wantSpace(): void {
    this.#wantsSpace = true;
  }

  settle(): boolean {
    if (this.#start === this.#end) return true;
    const { calls } = this.#desk;
    const rest = this.#end - this.#start;
    const taken = this.#taken(calls.write(this.#descriptor, this.#keptAddress + this.#start, rest));
    if (!this.#down && taken < rest) {
      this.#start += taken;
      return false;
    }
    this.#start = this.#end = 0;
    return true;
  }

  /** Answers a ping. */
  pong(payload: Uint8Array): void {
    const { view, bytes } = this.#desk;
    const head = writeHead(view, 0, Opcode.pong, payload.byteLength, this.#masked);
    bytes.set(payload, head);
    const frame = bytes.subarray(0, head + payload.byteLength);
    if (this.settle()) this.#writeDesk(frame.byteLength);
    // A peer that asks more than it reads gets fewer answers; one of ours never asks.
    else if (this.#end + frame.byteLength <= keptBytesMax) this.#keep(frame);
  }

  #write(header: Header, payload: Uint8Array | null): boolean {
    const { calls, bytes } = this.#desk;
    const payloadBytes = payload === null ? 0 : payload.byteLength;
    const front = this.#writeFront(header, payloadBytes);
    if (payload === null || payloadBytes <= joinedBytesMax) {
      if (payload !== null) bytes.set(payload, front);
      return this.#writeDesk(front + payloadBytes);
    }
    this.#desk.name(this.#desk.address, front, calls.address(payload), payloadBytes);
    const taken = this.#taken(calls.writePieces(this.#descriptor, this.#desk.vectorAddress, 2));
    if (this.#down) return true;
    if (taken === 0) return false;
    if (taken < front) this.#keep(bytes.subarray(taken, front));
    if (taken < front + payloadBytes) this.#keep(payload.subarray(Math.max(taken - front, 0)));
    return true;
  }

  /** Writes what lies on the desk, and keeps what is not taken of it. */
  #writeDesk(length: number): boolean {
    const taken = this.#taken(this.#desk.calls.write(this.#descriptor, this.#desk.address, length));
    if (!this.#down && taken < length) this.#keep(this.#desk.bytes.subarray(taken, length));
    return true;
  }

  /** Puts a short frame behind what is kept. False when it is too long, or there is too much. */
  #join(header: Header, payload: Uint8Array | null): boolean {
    const payloadBytes = payload === null ? 0 : payload.byteLength;
    if (payloadBytes > joiningBytesMax) return false;
    if (this.#end + headBytesMax + headerBytes + payloadBytes > keptBytesMax) return false;
    const front = this.#writeFront(header, payloadBytes);
    this.#keep(this.#desk.bytes.subarray(0, front));
    if (payload !== null) this.#keep(payload);
    return true;
  }

  #writeFront(header: Header, payloadBytes: number): number {
    const { view } = this.#desk;
    const length = headerBytes + payloadBytes;
    const head = writeHead(view, 0, Opcode.binary, length, this.#masked);
    writeHeader(view, head, header);
    return head + headerBytes;
  }

  #keep(bytes: Uint8Array): void {
    if (this.#kept === null) {
      this.#kept = new Uint8Array(keptBytesMax);
      this.#keptAddress = this.#desk.calls.address(this.#kept);
    }
    this.#kept.set(bytes, this.#end);
    this.#end += bytes.byteLength;
  }

  /** The bytes that a call has written. A socket whose reader is gone takes nothing more; its reading half says so. */
  #taken(result: number): number {
    if (result >= 0) return result;
    const why = this.#desk.calls.errno();
    if (why !== Errno.again && why !== Errno.interrupted) this.lose();
    return 0;
  }
}
