import { reportTextBytesMax } from '../core/limits.ts';

/** Cuts a text to what a control message may carry (`reportTextBytesMax` bytes of UTF-8), saying that it was cut. */
export function clip(text: string): string {
  // No text has more bytes than three per UTF-16 unit.
  if (text.length * 3 <= reportTextBytesMax) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= reportTextBytesMax) return text;
  const mark = '… (cut)';
  let end = reportTextBytesMax - Buffer.byteLength(mark);
  // Not inside a character: its later bytes are 10xxxxxx.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end) + mark;
}
