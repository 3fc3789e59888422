/**
 * The receiving half of a link that a rank uses itself. What comes is read into a small buffer, where short messages
 * are whole; the bytes of a long one are handed on as they come, and from its second piece on they are read straight to
 * where its receive wants them, together with the front of the next frame.
 */
import { isTsmpiError } from '../../core/errors.ts';
import { eagerBytesMax, eagerCreditBytes } from '../../core/limits.ts';
import { type Header, headerBytes, Kind } from '../header.ts';
import { createHeader, readHeader, writeHeader } from '../header-codec.ts';
import type { Payload } from '../lane.ts';
import { brokenRule, checkFrameLength, checkHeader, type FrameScope } from '../frame.ts';
import type { FrameDesk } from './bare-lane.ts';
import { Errno } from './socket-calls.ts';
import { type Head, headBytesMax, headBytesOf, Opcode, readHead, writeHead } from './web-socket.ts';

/** Two of the longest messages that must be whole; the longest frame but for its payload fits many times. */
const bufferBytes = 2 * (headBytesMax + headerBytes + eagerBytesMax);
/** What is read behind the rest of a long message: the front of the frame after it. */
const frontBytes = 128;
const controlBytesMax = 125;

/** Who takes what is read. */
export interface FrameTaker {
  /** A record; `at` is the place of its payload in `payload`, or -1: it is there already, where `place` has said. */
  record(header: Header, payload: Payload, at: number): void;
  /** Where the payload of a `data` record is to go; null: nowhere, or it is not known. */
  place(header: Header): Uint8Array | null;
  ping(payload: Uint8Array): void;
}

/** How a link ended. */
export interface LinkEnd {
  /** The close code of the peer, 1006 when it cut the socket; 1002 and `isRefused`: it broke the protocol. */
  readonly code: number;
  readonly words: string;
  readonly isRefused: boolean;
}

export class BareReader implements Payload {
  readonly #desk: FrameDesk;
  readonly #descriptor: number;
  readonly #scope: FrameScope;
  readonly #masked: boolean;
  readonly #taker: FrameTaker;
  readonly #bytes = new Uint8Array(bufferBytes);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #address: number;
  /** What lies in the buffer and was not handled. */
  #start = 0;
  #end = 0;
  /** Payload bytes that have not come of the long message whose header this is, and whether it is of this epoch. */
  #rest = 0;
  #isOurs = true;
  readonly #long = createHeader();
  readonly #header = createHeader();
  readonly #head: Head = { opcode: 0, bytes: 0, length: 0 };
  /** By sender: eager bytes that were not given back, headers counted; pulled bytes that came, less what was asked. */
  readonly #unreturned: Float64Array;
  readonly #asked: Float64Array;
  #over: LinkEnd | null = null;

  /** `masked`: the peer has dialled. */
  constructor(desk: FrameDesk, descriptor: number, masked: boolean, scope: FrameScope, taker: FrameTaker) {
    this.#desk = desk;
    this.#descriptor = descriptor;
    this.#masked = masked;
    this.#scope = scope;
    this.#taker = taker;
    this.#address = desk.calls.address(this.#bytes);
    this.#unreturned = new Float64Array(scope.peer.ranks);
    this.#asked = new Float64Array(scope.peer.ranks);
  }

  /** True once nothing more comes; and why. */
  hasEnded(): boolean {
    return this.#over !== null;
  }

  get over(): LinkEnd | null {
    return this.#over;
  }

  /** The own rank has sent something to the peer: what that allows the peer to send is counted. */
  sent({ kind, destination, bytes }: Header): void {
    if (kind === Kind.credit) this.#count(this.#unreturned, destination, -bytes, eagerCreditBytes);
    else if (kind === Kind.pull) this.#count(this.#asked, destination, -bytes, 0);
  }

  /** Reads what has come, at most `times` buffers of it, and hands it on. True when there was anything. */
  read(times: number): boolean {
    let came = false;
    for (let time = 0; time < times && this.#over === null; time += 1) {
      const target = this.#rest > 0 && this.#isOurs ? this.#taker.place(this.#long) : null;
      const wanted = target === null ? bufferBytes - this.#end : target.byteLength + frontBytes;
      const bytes = target === null ? this.#fill(wanted) : this.#fillInto(target);
      if (bytes <= 0) break;
      came = true;
      this.#parse();
      // Less than what was asked for was all that there was. Behind a long message its caller looks first.
      if (bytes < wanted || (target !== null && this.#rest === 0)) break;
    }
    return came;
  }

  copyOut(target: Uint8Array, at: number, bytes: number): void {
    if (bytes > 0) target.set(this.#bytes.subarray(at, at + bytes));
  }

  /**
   * What was read and not handled, for whoever goes on with the socket. Of a message that came in part the rest is
   * made a message of its own.
   */
  get unread(): Uint8Array {
    const kept = this.#bytes.slice(this.#start, this.#end);
    if (this.#rest === 0) return kept;
    const length = headerBytes + this.#rest;
    const front = new Uint8Array(headBytesOf(length, this.#masked) + headerBytes);
    const view = new DataView(front.buffer);
    this.#long.payloadBytes = this.#rest;
    writeHeader(view, writeHead(view, 0, Opcode.binary, length, this.#masked), this.#long);
    return front;
  }

  #fill(wanted: number): number {
    const bytes = this.#came(this.#desk.calls.read(this.#descriptor, this.#address + this.#end, wanted));
    this.#end += bytes;
    return bytes;
  }

  /** Reads the rest of a long message to its place. The buffer is empty as long as there is such a rest. */
  #fillInto(target: Uint8Array): number {
    const { calls, vectorAddress } = this.#desk;
    this.#desk.name(calls.address(target), target.byteLength, this.#address, frontBytes);
    const bytes = this.#came(calls.readPieces(this.#descriptor, vectorAddress, 2));
    if (bytes > 0) this.#handOn(Math.min(bytes, this.#rest), -1);
    if (bytes > target.byteLength) this.#end = bytes - target.byteLength;
    return bytes;
  }

  #came(result: number): number {
    if (result > 0) return result;
    if (result < 0) {
      const why = this.#desk.calls.errno();
      if (why === Errno.again || why === Errno.interrupted) return 0;
    }
    this.#over = { code: 1006, words: '', isRefused: false };
    return 0;
  }

  /** Handles every frame that is whole, and as much as there is of a long one. */
  #parse(): void {
    try {
      while (this.#rest > 0 ? this.#more() : this.#frame());
    } catch (error) {
      if (!isTsmpiError(error) || error.code !== 'ERR_PROTOCOL') throw error;
      // The link puts its own name in front again.
      const words = error.message.slice(error.message.indexOf(': ') + 2);
      this.#over = { code: 1002, words, isRefused: true };
      return;
    }
    this.#bytes.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  /** One frame. False when too little of it is here. */
  #frame(): boolean {
    const head = this.#head;
    const available = this.#end - this.#start;
    const found = readHead(this.#view, this.#start, available, this.#masked, head);
    if (found === false) return false;
    if (found !== true) throw brokenRule(this.#scope, found);
    if (head.opcode !== Opcode.binary) return this.#control(available);
    checkFrameLength(head.length, this.#scope);
    if (available < head.bytes + headerBytes) return false;
    const at = this.#start + head.bytes;
    const kind = this.#view.getUint8(at + 3) as Kind;
    const isWhole = available >= head.bytes + head.length;
    if (!isWhole && kind !== Kind.data && head.length <= headerBytes + eagerBytesMax) return false;
    const isOurs = checkHeader(this.#view, at, head.length, this.#scope);
    if (kind === Kind.data) {
      this.#beginLong(at, isOurs);
      return true;
    }
    this.#start = at + head.length;
    if (!isOurs) return true;
    const header = readHeader(this.#view, at, this.#header);
    if (kind === Kind.eager) this.#count(this.#unreturned, header.source, head.length, eagerCreditBytes);
    else if (kind === Kind.announce && header.offset > 0) {
      this.#count(this.#unreturned, header.source, headerBytes + header.offset, eagerCreditBytes);
      this.#count(this.#asked, header.source, -header.offset, 0);
    }
    this.#taker.record(header, this, at + headerBytes);
    return true;
  }

  #beginLong(at: number, isOurs: boolean): void {
    const { source, payloadBytes } = readHeader(this.#view, at, this.#long);
    if (isOurs) this.#count(this.#asked, source, payloadBytes, 0);
    this.#rest = payloadBytes;
    this.#isOurs = isOurs;
    this.#start = at + headerBytes;
    if (payloadBytes === 0) this.#handOn(0, this.#start);
  }

  /** What is here of the long message. */
  #more(): boolean {
    const bytes = Math.min(this.#end - this.#start, this.#rest);
    if (bytes === 0) return false;
    const at = this.#start;
    this.#start += bytes;
    this.#handOn(bytes, at);
    return true;
  }

  #handOn(bytes: number, at: number): void {
    const long = this.#long;
    long.payloadBytes = bytes;
    this.#rest -= bytes;
    if (this.#isOurs) this.#taker.record(long, this, at);
    long.offset += bytes;
    long.payloadBytes = this.#rest;
  }

  #control(available: number): boolean {
    const { opcode, bytes, length } = this.#head;
    if (length > controlBytesMax || opcode < Opcode.close) throw brokenRule(this.#scope, 'text instead of a frame');
    if (available < bytes + length) return false;
    const payload = this.#bytes.slice(this.#start + bytes, this.#start + bytes + length);
    this.#start += bytes + length;
    if (opcode === Opcode.ping) this.#taker.ping(payload);
    if (opcode !== Opcode.close) return true;
    this.#over = endOf(payload);
    return false;
  }

  /** Adds to what a rank of the peer has on its way, which may be `most` at most. */
  #count(sums: Float64Array, rank: number, bytes: number, most: number): void {
    const nth = rank - this.#scope.peer.firstRank;
    const sum = (sums[nth] ?? 0) + bytes;
    sums[nth] = sum;
    if (sum > most) throw brokenRule(this.#scope, 'more bytes in flight than the credit of their sender allows');
  }
}

/** What a close frame says. */
function endOf(payload: Uint8Array): LinkEnd {
  const code = payload.byteLength < 2 ? 1005 : ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
  return { code, words: new TextDecoder().decode(payload.subarray(2)), isRefused: false };
}
