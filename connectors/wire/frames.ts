/**
 * Frames of a stream on a unix socket between a rank and the gateway. Each has a head of 5 bytes: the kind (u8), the
 * bytes of its payload (u32, little-endian). See docs/PROTOCOL.md, «Connectors».
 */
import { TsmpiError } from '../../runtime/core/errors.ts';
import { dataBytesMax, documentBytesMax, headBytes } from './limits.ts';

export const FrameKind = { ask: 1, answer: 2, data: 3, end: 4, cut: 5 } as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** `data` comes in pieces as they arrive; the others are whole. */
export interface StreamFrame {
  readonly kind: FrameKind;
  readonly payload: Uint8Array;
}

export function headOf(kind: FrameKind, bytes: number): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(kind, 0);
  head.writeUInt32LE(bytes, 1);
  return head;
}

/** A whole frame that carries a document. */
export function documentFrame(kind: FrameKind, document: object): Buffer {
  const text = Buffer.from(JSON.stringify(document));
  return Buffer.concat([headOf(kind, text.byteLength), text]);
}

/** The end of one direction: how many bytes of data there were. */
export function endFrame(bytes: number): Buffer {
  const frame = Buffer.alloc(headBytes + 8);
  frame.writeUInt8(FrameKind.end, 0);
  frame.writeUInt32LE(8, 1);
  frame.writeDoubleLE(bytes, headBytes);
  return frame;
}

export function countOf({ payload }: StreamFrame): number {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).readDoubleLE(0);
}

/** The document of a frame: an object. Throws ERR_PROTOCOL. */
export function documentOf({ payload }: StreamFrame): Readonly<Record<string, unknown>> {
  try {
    const document: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
    if (typeof document === 'object' && document !== null) return document as Readonly<Record<string, unknown>>;
  } catch {
    // Said below, without what was read: it may hold a secret.
  }
  throw broken('a document that is no JSON object');
}

/** Makes frames of the bytes of a socket. Throws ERR_PROTOCOL as soon as a head is wrong. */
export class FrameReader {
  #head: Buffer | null = null;
  #kind: FrameKind = FrameKind.data;
  /** Of the frame at hand: what is yet to come. */
  #left = 0;
  /** What has come of a frame that is not data. */
  #held: Buffer[] = [];

  *read(bytes: Buffer): Generator<StreamFrame> {
    let at = 0;
    while (at < bytes.byteLength) {
      if (this.#left === 0) {
        at = this.#readHead(bytes, at);
        if (this.#isHeadOpen) return;
      }
      const piece = bytes.subarray(at, at + this.#left);
      at += piece.byteLength;
      this.#left -= piece.byteLength;
      if (this.#kind === FrameKind.data) yield { kind: this.#kind, payload: piece };
      else {
        this.#held.push(piece);
        if (this.#left === 0) yield { kind: this.#kind, payload: this.#takeHeld() };
      }
    }
  }

  get #isHeadOpen(): boolean {
    return this.#head !== null;
  }

  /** Gives where the head ends. */
  #readHead(bytes: Buffer, at: number): number {
    const before = this.#head?.byteLength ?? 0;
    const piece = bytes.subarray(at, at + headBytes - before);
    const head = this.#head === null ? piece : Buffer.concat([this.#head, piece]);
    if (head.byteLength < headBytes) {
      this.#head = Buffer.from(head);
      return at + piece.byteLength;
    }
    this.#head = null;
    const [kind, length] = [head.readUInt8(0), head.readUInt32LE(1)];
    if (!isKind(kind)) throw broken(`a frame of kind ${String(kind)}`);
    const most = kind === FrameKind.data ? dataBytesMax : kind === FrameKind.end ? 8 : documentBytesMax;
    if (length > most || length === 0 || (kind === FrameKind.end && length !== 8)) {
      throw broken(`a frame of kind ${String(kind)} with ${String(length)} bytes, at most ${String(most)} are read`);
    }
    [this.#kind, this.#left] = [kind, length];
    return at + piece.byteLength;
  }

  #takeHeld(): Buffer {
    const [only, ...more] = this.#held;
    const whole = only !== undefined && more.length === 0 ? only : Buffer.concat(this.#held);
    this.#held = [];
    return whole;
  }
}

function isKind(kind: number): kind is FrameKind {
  return kind >= FrameKind.ask && kind <= FrameKind.cut;
}

function broken(what: string): TsmpiError {
  return new TsmpiError('ERR_PROTOCOL', what, { where: 'connector stream' });
}
