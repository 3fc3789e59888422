/**
 * Cuts one stream of bytes into records of whole lines, and bounds what it holds of a line that does not end.
 */
import { lineBytesMax } from '../../runtime/core/limits.ts';

/** Bytes that can go out without tearing a line. */
export interface LineRecord {
  readonly bytes: Uint8Array;
  /**
   * True: one line or more, each with its newline. False: part of a line, without one; it was too long, or its rank is
   * over.
   */
  readonly isWhole: boolean;
}

const newline = 10;

/** One rank's one stream. The bytes given to it belong to it. */
export class LineBuffer {
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  /** Bytes of the line that has not ended yet. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Takes bytes as they came; gives what can go out now, in order. */
  push(bytes: Uint8Array): LineRecord[] {
    const end = bytes.lastIndexOf(newline) + 1;
    const records: LineRecord[] = [];
    if (end > 0) records.push({ bytes: this.#take(bytes.subarray(0, end)), isWhole: true });
    if (end < bytes.byteLength) {
      this.#held.push(bytes.subarray(end));
      this.#heldBytes += bytes.byteLength - end;
    }
    if (this.#heldBytes > lineBytesMax) records.push(...this.cut());
    return records;
  }

  /** Gives up on the line's end: what is held goes out now, but for a character that is not complete. */
  cut(): LineRecord[] {
    const held = this.#take(new Uint8Array());
    const end = held.byteLength - incompleteBytes(held);
    if (end < held.byteLength) {
      this.#held.push(held.subarray(end));
      this.#heldBytes = held.byteLength - end;
    }
    return end === 0 ? [] : [{ bytes: held.subarray(0, end), isWhole: false }];
  }

  /** The stream is over: the last line, when it had no newline. */
  end(): LineRecord[] {
    const bytes = this.#take(new Uint8Array());
    return bytes.byteLength === 0 ? [] : [{ bytes, isWhole: false }];
  }

  #take(last: Uint8Array): Uint8Array {
    if (this.#heldBytes === 0) return last;
    const bytes = Buffer.concat([...this.#held, last]);
    this.#held = [];
    this.#heldBytes = 0;
    return bytes;
  }
}

/** Bytes at the end that begin a UTF-8 character and do not end it: 0 to 3. */
export function incompleteBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.byteLength); back++) {
    const byte = bytes[bytes.byteLength - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const expected = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return back < expected ? back : 0;
  }
  return 0;
}
