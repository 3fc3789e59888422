/** Rows of a query whose key lies in a share's range, through one cursor. */
import type { Client, CustomTypesConfig } from 'pg';
import { TsmpiError } from '../../../runtime/core/errors.ts';
import type { Batch, ReadOptions, Row } from './rows-of.ts';
import type { Share } from './share.ts';

export interface QuerySource {
  readonly query: string;
  readonly key: string;
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal | undefined;
}

export async function* queryRows(
  { host, port, signal }: Place,
  { query, key }: QuerySource,
  { share, batchRows, columns }: ReadOptions,
): AsyncGenerator<Pick<Batch, 'rows'>> {
  const [{ default: pg }, { default: Cursor }] = await Promise.all([import('pg'), import('pg-cursor')]);
  // Who it is, the agent says.
  const client = new pg.Client({ host, port, user: 'tsmpi', application_name: 'tsmpi', types: typesOf(pg.types) });
  client.on('error', () => undefined);
  const onAbort = (): void => void client.end();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    await client.connect();
    // The range and its rows are of the same moment.
    await client.query('begin isolation level repeatable read, read only');
    const rows = `(${query.replace(/;\s*$/u, '')}\n) as dataset_rows`;
    const range = await rangeOf(client, { rows, key: pg.escapeIdentifier(key) }, share);
    if (range !== null) {
      const list = columns === undefined ? '*' : columns.map((name) => pg.escapeIdentifier(name)).join(', ');
      const cursor = client.query(new Cursor<Row>(`select ${list} from ${rows} ${range.condition}`, range.values));
      for (;;) {
        const batch = await cursor.read(batchRows);
        if (batch.length === 0) break;
        yield { rows: batch };
      }
    }
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') throw error;
    // What is wrong with the query, in the words of the database.
    const { message, code = '?', hint: remedy } = error;
    throw new TsmpiError('ERR_ARGUMENT', `${message} (${code})`, { remedy, cause: error });
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await client.end().catch(() => undefined);
  }
}

interface Range {
  readonly condition: string;
  readonly values: string[];
}

/** Types of which a part of the way from the least to the greatest can be computed, and how. */
const between: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['smallint', 'integer', 'bigint'].map((type) => [
      type,
      `ceil(min(k)::numeric + (max(k)::numeric - min(k)::numeric) * $1 / $2)`,
    ]),
  ),
  numeric: 'min(k) + (max(k) - min(k)) * $1 / $2',
  real: '(min(k) + (max(k) - min(k)) * $1::float8 / $2)::real',
  'double precision': 'min(k) + (max(k) - min(k)) * $1::float8 / $2',
  date: '(min(k)::timestamp + (max(k)::timestamp - min(k)::timestamp) * ($1::float8 / $2))::date',
  'timestamp without time zone': 'min(k) + (max(k) - min(k)) * ($1::float8 / $2)',
  'timestamp with time zone': 'min(k) + (max(k) - min(k)) * ($1::float8 / $2)',
};
/** Others are sorted. */
const sorted = 'percentile_disc($1::float8 / $2) within group (order by k)';

/** Null: nothing is in it. Ranges of all shares cover every key that may be, each once; the first one has nulls. */
async function rangeOf(
  client: Client,
  { rows, key }: { readonly rows: string; readonly key: string },
  { rank, size }: Share,
): Promise<Range | null> {
  if (size === 1) return { condition: '', values: [] };
  const { rows: types } = await client.query<{ type: string }>(
    `select pg_typeof((select ${key} from ${rows} limit 1))::text as type`,
  );
  const type = types[0]?.type ?? 'text';
  const bound = async (share: number): Promise<string | null> => {
    const { rows: found } = await client.query<{ bound: string | null }>(
      `select (${between[type] ?? sorted})::${type}::text as bound from (select ${key} as k from ${rows}) as keys`,
      [share, size],
    );
    return found[0]?.bound ?? null;
  };
  const from = rank === 0 ? null : await bound(rank);
  const to = rank === size - 1 ? null : await bound(rank + 1);
  // No key has a value.
  if (from === null && to === null) return rank === 0 ? { condition: '', values: [] } : null;
  const conditions = [];
  const values = [from, to].filter((value) => value !== null);
  if (from !== null) conditions.push(`${key} >= $1::${type}`);
  if (to !== null) conditions.push(`${key} < $${String(values.length)}::${type}`);
  const range = conditions.join(' and ');
  return { condition: `where ${rank === 0 ? `${range} or ${key} is null` : range}`, values };
}

/** Numbers of PostgreSQL's own types: fixed in its catalogue, pg_type. */
const Oid = { int8: 20, date: 1082, timestamp: 1114, timestamptz: 1184 } as const;

/** As Parquet gives them: integers of 64 bits as BigInt, dates and times without a zone as those of UTC. */
function typesOf(types: Parsers): CustomTypesConfig {
  const instant = types.getTypeParser(Oid.timestamptz);
  const inUtc = (text: string, more: string): unknown =>
    instant(/^\d/u.test(text) ? text.replace(/(?: BC)?$/u, `${more}$&`) : text);
  const own: Readonly<Record<number, (text: string) => unknown>> = {
    [Oid.int8]: BigInt,
    [Oid.date]: (text) => inUtc(text, ' 00:00:00+00'),
    [Oid.timestamp]: (text) => inUtc(text, '+00'),
  };
  return { getTypeParser: (oid: number) => own[oid] ?? types.getTypeParser(oid) };
}

/** What is used of `pg.types`: what comes is text, always. */
interface Parsers {
  getTypeParser(oid: number): (text: string) => unknown;
}
