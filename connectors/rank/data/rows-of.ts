/** Rows of the records of objects, by format. */
import { isTsmpiError, TsmpiError } from '../../../runtime/core/errors.ts';
import type { ObjectReader, StoredObject } from './objects.ts';
import { newline, recordBytesMax } from './record-bounds.ts';
import { recordBytes } from './record-bytes.ts';
import { batchesOf, type Extent, extentsOf, type Share, wholeParts } from './share.ts';

export type Row = Record<string, unknown>;

/** A batch, and how much of the share is read with it, 0 to 1. */
export interface Batch {
  readonly rows: Row[];
  readonly done: number;
}

export interface ReadOptions {
  readonly share: Share;
  readonly batchRows: number;
  readonly columns: readonly string[] | undefined;
}

type Read = (reader: ObjectReader, objects: readonly StoredObject[], options: ReadOptions) => AsyncGenerator<Batch>;

/** Whole objects. */
export const rawRows: Read = async function* (reader, objects, { share }) {
  const mine = wholeParts(
    objects.map((part) => ({ part, length: part.bytes })),
    share,
  );
  for (const [index, { key, bytes }] of mine.entries()) {
    const data = new Uint8Array(await reader.read(key, 0, bytes));
    yield { rows: [{ key, data }], done: (index + 1) / mine.length };
  }
};

/** Parquet, by hyparquet: equally many rows for each share; a row group that two share is read by both. */
export const parquetRows: Read = async function* (reader, objects, { share, batchRows, columns }) {
  const [{ parquetMetadataAsync, parquetReadObjects }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  const parts = [];
  for (const { key, bytes } of objects) {
    const file = {
      byteLength: bytes,
      slice: (from: number, to = bytes) => reader.read(key, from < 0 ? bytes + from : from, to),
    };
    const metadata = await parquetMetadataAsync(file).catch((error: unknown) => {
      throw isTsmpiError(error) ? error : new TsmpiError('ERR_CONNECTOR', `${key}: ${(error as Error).message}`);
    });
    parts.push({ part: { file, metadata }, length: Number(metadata.num_rows) });
  }
  const extents = extentsOf(parts, share);
  const total = extents.reduce((sum, { from, to }) => sum + to - from, 0);
  let done = 0;
  for (const { part, from, to } of extents) {
    let start = 0;
    for (const group of part.metadata.row_groups) {
      const end = start + Number(group.num_rows);
      const [rowStart, rowEnd] = [Math.max(from, start), Math.min(to, end)];
      start = end;
      if (rowStart >= rowEnd) continue;
      const wanted = columns === undefined ? {} : { columns: [...columns] };
      const rows = await parquetReadObjects({ ...part, compressors, rowStart, rowEnd, ...wanted });
      for (const batch of batchesOf(rows, batchRows)) {
        done += batch.length;
        yield { rows: batch, done: done / total };
      }
    }
  }
};

/** Lines of JSON, each of them an object. */
export const ndjsonRows: Read = async function* (reader, objects, { share, batchRows, columns }) {
  yield* lineRows(objects, { share, batchRows }, async function* (extent, tally) {
    let [rest, number]: [Buffer, number] = [Buffer.alloc(0), 0];
    const row = (line: Buffer): Row[] => {
      const text = line.toString('utf8').trim();
      number += 1;
      return text === '' ? [] : [picked(parsed(text, extent.part.key, number), columns)];
    };
    for await (const piece of counted(recordBytes(reader, extent, false), tally)) {
      const bytes = rest.byteLength === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece]);
      const rows: Row[] = [];
      let at = 0;
      for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, at)) {
        rows.push(...row(bytes.subarray(at, end)));
        at = end + 1;
      }
      rest = bytes.subarray(at);
      if (rest.byteLength > recordBytesMax) throw tooLong(extent.part.key);
      yield rows;
    }
    yield row(rest);
  });
};

function tooLong(key: string): TsmpiError {
  return new TsmpiError('ERR_CONNECTOR', `${key}: a line is longer than ${String(recordBytesMax)} bytes`);
}

function parsed(text: string, key: string, number: number): Row {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Row;
  } catch {
    // Said below: what node says quotes the line.
  }
  throw new TsmpiError('ERR_CONNECTOR', `${key}: line ${String(number)} of this share is no JSON object`);
}

function picked(row: Row, columns: readonly string[] | undefined): Row {
  return columns === undefined ? row : Object.fromEntries(columns.map((name) => [name, row[name]]));
}

/** Lines of CSV below a line of names, by csv-parse: all values are texts. */
export const csvRows: Read = async function* (reader, objects, { share, batchRows, columns }) {
  const { parse } = await import('csv-parse');
  yield* lineRows(objects, { share, batchRows }, async function* (extent, tally) {
    const { key } = extent.part;
    const names = await header(reader, extent.part);
    const unknown = columns?.find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new TsmpiError('ERR_ARGUMENT', `${key} has no column ${JSON.stringify(unknown)}`, {
        remedy: `it has ${names.join(', ')}`,
      });
    }
    const wanted = columns === undefined ? names : names.map((name) => (columns.includes(name) ? name : false));
    const from = extent.from === 0 ? 2 : 1;
    const parser = parse({ columns: wanted, bom: true, from, skip_empty_lines: true, max_record_size: recordBytesMax });
    const feeding = feed(counted(recordBytes(reader, extent, true), tally), parser);
    try {
      let rows: Row[] = [];
      for await (const row of parser as AsyncIterable<Row>) {
        if (rows.push(row) < 1000) continue;
        yield rows;
        rows = [];
      }
      await feeding;
      yield rows;
    } catch (error) {
      await feeding.catch(() => undefined);
      if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_'))) throw error;
      throw new TsmpiError('ERR_CONNECTOR', `${key}: ${error.message} (counted in this share)`, { cause: error });
    }
  });
};

/** Ends the parser with the bytes, and with their error. */
async function feed(
  bytes: AsyncGenerator<Uint8Array>,
  parser: NodeJS.WritableStream & { destroy(error: Error): unknown; readonly destroyed: boolean },
): Promise<void> {
  try {
    for await (const piece of bytes) {
      if (parser.destroyed) return;
      if (!parser.write(piece)) await drained(parser);
    }
    parser.end();
  } catch (error) {
    parser.destroy(error as Error);
    throw error;
  }
}

function drained(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}

/** The names in the first line. */
async function header(reader: ObjectReader, object: StoredObject): Promise<string[]> {
  const { parse } = await import('csv-parse/sync');
  const pieces: Uint8Array[] = [];
  for await (const piece of recordBytes(reader, { part: object, from: 0, to: 1 }, true)) pieces.push(piece);
  const [names = []]: string[][] = parse(Buffer.concat(pieces), { bom: true, to: 1 });
  return names;
}

/** Bytes that were read. */
interface Tally {
  bytes: number;
}

async function* counted(pieces: AsyncIterable<Uint8Array>, tally: Tally): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    tally.bytes += piece.byteLength;
    yield piece;
  }
}

type Rows = (extent: Extent<StoredObject>, tally: Tally) => AsyncGenerator<Row[]>;

/** Batches of rows that come in lists of any length, of this share's extents by bytes. */
async function* lineRows(
  objects: readonly StoredObject[],
  { share, batchRows }: Pick<ReadOptions, 'share' | 'batchRows'>,
  rowsOf: Rows,
): AsyncGenerator<Batch> {
  const extents = extentsOf(
    objects.map((part) => ({ part, length: part.bytes })),
    share,
  );
  const total = extents.reduce((sum, { from, to }) => sum + to - from, 0);
  const tally = { bytes: 0 };
  let batch: Row[] = [];
  for (const extent of extents) {
    for await (const rows of rowsOf(extent, tally)) {
      for (const row of rows) {
        if (batch.push(row) < batchRows) continue;
        yield { rows: batch, done: Math.min(1, tally.bytes / total) };
        batch = [];
      }
    }
  }
  if (batch.length > 0) yield { rows: batch, done: 1 };
}
