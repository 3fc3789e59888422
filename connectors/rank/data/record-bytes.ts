/** The bytes of the records that begin in one extent of a file of lines. */
import { TsmpiError } from '../../../runtime/core/errors.ts';
import type { ObjectReader, StoredObject } from './objects.ts';
import { csvBound, newline, quote, recordBytesMax } from './record-bounds.ts';
import type { Extent } from './share.ts';

/** How much is asked for behind an extent, to find the end of its last record. */
const tailBytes = 64 * 1024;

/** `hasQuotes`: between quotes the end of a line does not end a record. */
export async function* recordBytes(
  reader: ObjectReader,
  { part: object, from, to }: Extent<StoredObject>,
  hasQuotes: boolean,
): AsyncGenerator<Uint8Array> {
  const pieces = onwards(reader, object, { from: Math.max(0, from - 1), to });
  const begin = from === 0 ? { bound: 0, held: [] } : await beginning(pieces, { object, from, hasQuotes });
  // A record that is longer than the extent is of the one before.
  if (begin.bound >= to) {
    await pieces.return(undefined);
    return;
  }
  let [at, isQuoted] = [begin.bound, false];
  try {
    for await (const piece of chain(begin.held, pieces)) {
      // The last byte of the extent, or what follows, ends its last record.
      let end = -1;
      for (let look = 0; look < piece.byteLength; look += 1) {
        const stop = to - 1 - at;
        const next = nextMark(piece, { look, stop, hasQuotes, isQuoted });
        if (next === -1) break;
        look = next;
        if (piece[next] === quote) isQuoted = !isQuoted;
        else {
          end = next + 1;
          break;
        }
      }
      if (end !== -1) {
        yield piece.subarray(0, end);
        return;
      }
      yield piece;
      at += piece.byteLength;
    }
  } finally {
    await pieces.return(undefined);
  }
}

/** The next quote, or the first end of a line from `stop` on that is not within quotes; -1: none in the piece. */
function nextMark(
  piece: Uint8Array,
  { look, stop, hasQuotes, isQuoted }: { look: number; stop: number; hasQuotes: boolean; isQuoted: boolean },
): number {
  const nextQuote = hasQuotes ? piece.indexOf(quote, look) : -1;
  if (isQuoted) return nextQuote;
  const line = stop >= piece.byteLength ? -1 : piece.indexOf(newline, Math.max(look, stop));
  if (line === -1 || nextQuote === -1) return Math.max(line, nextQuote);
  return Math.min(line, nextQuote);
}

/** Where the first record of an extent begins, and what was read from there on. */
async function beginning(
  pieces: AsyncGenerator<Uint8Array>,
  { object, from, hasQuotes }: { object: StoredObject; from: number; hasQuotes: boolean },
): Promise<{ bound: number; held: Uint8Array[] }> {
  let held: Uint8Array = new Uint8Array(0);
  for (let isEnd = false; ; ) {
    const next = await pieces.next();
    if (next.done === true) isEnd = true;
    else held = Buffer.concat([held, next.value]);
    const bound = hasQuotes ? csvBound(held, from, isEnd) : lineBound(held, from, isEnd);
    if (bound === 'more') continue;
    if (bound !== null) return { bound, held: [held.subarray(bound - (from - 1))] };
    throw new TsmpiError(
      'ERR_CONNECTOR',
      `${object.key}: where records begin behind byte ${String(from)} is not plain`,
      {
        remedy: 'records have at most 1 MiB; read it as one share: { rank: 0, size: 1 }',
      },
    );
  }
}

function lineBound(bytes: Uint8Array, from: number, isEnd: boolean): number | 'more' | null {
  const line = bytes.indexOf(newline);
  if (line !== -1) return from + line;
  if (isEnd) return from - 1 + bytes.byteLength;
  return bytes.byteLength > recordBytesMax ? null : 'more';
}

/** Bytes of an object from a place to its end: first those that are wanted surely, then more, a piece at a time. */
async function* onwards(
  reader: ObjectReader,
  { key, bytes }: StoredObject,
  { from, to }: { readonly from: number; readonly to: number },
): AsyncGenerator<Uint8Array, undefined> {
  let at = from;
  for (let end = Math.min(to + tailBytes, bytes); at < end; ) {
    yield* reader.stream(key, at, end);
    at = end;
    end = Math.min(end + 16 * tailBytes, bytes);
  }
  return undefined;
}

async function* chain(first: Iterable<Uint8Array>, then: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* then;
}
