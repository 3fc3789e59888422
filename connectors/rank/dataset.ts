/** Shares of datasets. */
import { rankContext } from '../../runtime/comm/rank-context.ts';
import { isTsmpiError, TsmpiError } from '../../runtime/core/errors.ts';
import { withoutCode } from '../wire/messages.ts';
import { endpoint, knownResource } from './connect.ts';
import { ObjectReader } from './data/objects.ts';
import { Progress } from './data/progress.ts';
import { queryRows } from './data/query-rows.ts';
import { type Batch, csvRows, ndjsonRows, parquetRows, rawRows, type ReadOptions } from './data/rows-of.ts';

/** By format: how objects are read. */
const formats = { parquet: parquetRows, csv: csvRows, ndjson: ndjsonRows, raw: rawRows } as const;
const batchRowsDefault = 10_000;

/**
 * What a dataset is made of: rows of a query of a `postgres` resource, or objects of a resource of kind `s3`, `files`
 * or `http` whose names begin with `prefix` (of `http`: the one with this path).
 * @example
 * const flights: DatasetSource = { query: 'select * from flights', key: 'id' };
 */
export type DatasetSource =
  | {
      /** One `select`, without parameters. Every rank runs it: over a table that changes, let it say which rows. */
      query: string;
      /** Column of its result by whose ranges rows are shared. An index on it helps. */
      key: string;
    }
  | {
      prefix: string;
      /** `raw`: whole objects, as `{ key, data }`. Names of columns of `csv` are in the first line of each object. */
      format: 'parquet' | 'csv' | 'ndjson' | 'raw';
    };

/**
 * How a dataset is read.
 * @example
 * const options: DatasetOptions = { columns: ['origin', 'delay'], batchRows: 50_000 };
 */
export interface DatasetOptions {
  /** Left out: all. */
  columns?: readonly string[] | undefined;
  /** Rows of a batch, at most. Default 10 000. */
  batchRows?: number | undefined;
  /** The share: this one of `size`. Default: of the world. */
  rank?: number | undefined;
  size?: number | undefined;
  /** Aborting it ends the iteration with ERR_CANCELLED. */
  signal?: AbortSignal | undefined;
}

/**
 * This rank's share of a dataset behind a connector, in batches of rows; it reads on as far as the batches are taken.
 * The shares of all ranks hold every row, each once: ranges of the key of a query, ranges of bytes of CSV and NDJSON,
 * ranges of rows of Parquet, whole objects. Integers of 64 bits are BigInt, times are Date, values of CSV are texts.
 * Rank 0 prints on standard error how far it is, every 5 s (`TSMPI_PROGRESS_MS`; 0: never).
 *
 * Throws ERR_ARGUMENT for what is no source, ERR_DENIED as `connect` does. The iteration throws ERR_ARGUMENT with the
 * database's words about the query, ERR_CONNECTOR for what is cut or is not of its format, ERR_UNSUPPORTED for an API
 * that gives no ranges.
 *
 * @example
 * ```ts
 * import { world } from 'tsmpi';
 * import { dataset } from 'tsmpi/connectors';
 * let late = 0;
 * const flights = { query: 'select id, delay from flights', key: 'id' };
 * for await (const rows of dataset<{ delay: number }>('warehouse', flights)) {
 *   for (const { delay } of rows) if (delay > 15) late += 1;
 * }
 * console.log(await world.allreduce(late));
 * ```
 */
export function dataset<R = Record<string, unknown>>(
  resource: string,
  source: DatasetSource,
  options: DatasetOptions = {},
): AsyncIterable<R[]> {
  const { where, connectors } = knownResource(resource, 'dataset');
  const kind = connectors.kinds[resource] ?? '';
  checkSource(source, kind, where);
  const read = checkedOptions(options, where);
  const { signal } = options;
  async function* batches(): AsyncGenerator<Pick<Batch, 'rows'> & { done?: number }> {
    const { host, port } = await endpoint(resource);
    if ('query' in source) {
      yield* queryRows({ host, port, signal }, source, read);
      return;
    }
    const reader = new ObjectReader(`http://${host}:${String(port)}`, kind, signal);
    const objects = await reader.list(source.prefix);
    if (objects.length === 0) {
      throw new TsmpiError('ERR_ARGUMENT', `no object begins with ${JSON.stringify(source.prefix)}`);
    }
    yield* formats[source.format](reader, objects, read);
  }
  return {
    async *[Symbol.asyncIterator]() {
      const progress = new Progress(resource, read.share);
      try {
        signal?.throwIfAborted();
        for await (const { rows, done } of batches()) {
          progress.add(rows.length, done);
          yield rows as R[];
        }
      } catch (error) {
        if (signal?.aborted === true) throw new TsmpiError('ERR_CANCELLED', 'aborted', { where, cause: error });
        if (!isTsmpiError(error))
          throw new TsmpiError('ERR_CONNECTOR', (error as Error).message, { where, cause: error });
        // Made anew, where the caller awaits: the stack of the first one ends in a socket, and it does not say where.
        throw new TsmpiError(error.code, withoutCode(error.message), { where, cause: error });
      }
    },
  };
}

function checkSource(source: DatasetSource, kind: string, where: string): void {
  const bad = (what: string, remedy: string): never => {
    throw new TsmpiError('ERR_ARGUMENT', what, { where, remedy });
  };
  const { query, key, prefix, format } = source as Readonly<Record<string, unknown>>;
  if (query !== undefined) {
    if (kind !== 'postgres') bad(`a query of a resource of kind ${kind}`, 'queries are of kind postgres');
    if (typeof query !== 'string' || query.trim() === '') bad('query is no text', 'pass one select');
    if (typeof key !== 'string' || key === '') bad('there is no key', 'name a column of the query: { query, key }');
    return;
  }
  if (!['s3', 'files', 'http'].includes(kind)) bad(`objects of a resource of kind ${kind}`, 'pass { query, key }');
  if (typeof prefix !== 'string') bad('prefix is no text', 'pass { prefix, format }');
  if (!Object.hasOwn(formats, String(format))) {
    bad(`format is ${JSON.stringify(format)}`, `pass ${Object.keys(formats).join(', ')}`);
  }
}

function checkedOptions(
  { columns, batchRows = batchRowsDefault, rank, size }: DatasetOptions,
  where: string,
): ReadOptions {
  const context = rankContext();
  const own = { rank: (context?.rank ?? 0) - (context?.worldFirst ?? 0), size: context?.size ?? 1 };
  const share = { rank: rank ?? own.rank, size: size ?? own.size };
  const bad = (what: string, remedy: string): never => {
    throw new TsmpiError('ERR_ARGUMENT', what, { where, remedy });
  };
  if (!Number.isInteger(share.size) || share.size < 1) bad(`size is ${String(share.size)}`, 'pass 1 or more');
  if (!Number.isInteger(share.rank) || share.rank < 0 || share.rank >= share.size) {
    bad(`rank is ${String(share.rank)} of ${String(share.size)}`, 'pass 0 to size - 1');
  }
  if (!Number.isInteger(batchRows) || batchRows < 1) bad(`batchRows is ${String(batchRows)}`, 'pass 1 or more');
  if (columns?.length === 0) bad('columns has no name', 'leave it out for all');
  return { share, batchRows, columns };
}
