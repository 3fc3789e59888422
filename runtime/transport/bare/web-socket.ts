/** The heads of WebSocket frames (RFC 6455, 5.2), as the mesh uses them: whole messages, masked with zeros or not. */

export const Opcode = { binary: 2, close: 8, ping: 9, pong: 10 } as const;

const finalBit = 0x80;
const maskBit = 0x80;
const maskBytes = 4;
/** Lengths from here on stand in two bytes, and from the second on in eight. */
const twoByteLength = 126;
const eightByteLength = 65_536;

export const headBytesMax = 14;

/** Bytes of the head of a message of `length` bytes. */
export function headBytesOf(length: number, masked: boolean): number {
  const lengthBytes = length < twoByteLength ? 0 : length < eightByteLength ? 2 : 8;
  return 2 + lengthBytes + (masked ? maskBytes : 0);
}

/** Writes the head of a message of `length` bytes at byte `at` of `view`; gives its own bytes. */
export function writeHead(view: DataView, at: number, opcode: number, length: number, masked: boolean): number {
  view.setUint8(at, finalBit | opcode);
  let end = at + 2;
  const mask = masked ? maskBit : 0;
  if (length < twoByteLength) view.setUint8(at + 1, mask | length);
  else if (length < eightByteLength) {
    view.setUint8(at + 1, mask | twoByteLength);
    view.setUint16(end, length);
    end += 2;
  } else {
    view.setUint8(at + 1, mask | (twoByteLength + 1));
    view.setUint32(end, 0);
    view.setUint32(end + 4, length);
    end += 8;
  }
  if (masked) {
    // Masking with zeros is not masking, and costs no pass over the data.
    view.setUint32(end, 0);
    end += maskBytes;
  }
  return end - at;
}

/** The head of a message, read into again and again. */
export interface Head {
  opcode: number;
  /** Bytes of the head and of the message behind it. */
  bytes: number;
  length: number;
}

/**
 * Reads the head at byte `at` of `view`, of which there are `available` bytes. False: there are too few. A text says
 * what this end does not take: pieces of messages, extensions, a mask that is missing, not expected or not zero.
 */
export function readHead(view: DataView, at: number, available: number, masked: boolean, head: Head): boolean | string {
  if (available < 2) return false;
  const first = view.getUint8(at);
  const second = view.getUint8(at + 1);
  const short = second & 0x7f;
  const lengthBytes = short < twoByteLength ? 0 : short === twoByteLength ? 2 : 8;
  const bytes = 2 + lengthBytes + (masked ? maskBytes : 0);
  if ((first & finalBit) === 0) return 'a message in pieces';
  if ((first & 0x70) !== 0) return 'an extension that was not agreed on';
  if (((second & maskBit) !== 0) !== masked) return masked ? 'no mask' : 'a mask';
  if (available < bytes) return false;
  if (masked && view.getUint32(at + bytes - maskBytes) !== 0) return 'a mask other than zero';
  head.opcode = first & 0x0f;
  head.bytes = bytes;
  if (lengthBytes === 0) head.length = short;
  else if (lengthBytes === 2) head.length = view.getUint16(at + 2);
  else head.length = view.getUint32(at + 2) * 2 ** 32 + view.getUint32(at + 6);
  return true;
}
