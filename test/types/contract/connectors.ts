/**
 * The contract of `tsmpi/connectors`, as its users type it: declarations alone. The package's own must accept
 * everything that is written against these; `contract.test.ts` checks it. Add where users gain; rename nothing.
 */
import type { Duplex } from 'node:stream';
/** A byte stream to the named resource. Half-close and backpressure work as on a net.Socket. */
export declare function connect(
  resource: string,
  options?: { signal?: AbortSignal | undefined; timeoutMs?: number | undefined },
): Promise<Duplex>;
/** An address inside the sandbox that unmodified clients dial; each connection becomes one stream. */
export declare function endpoint(resource: string): Promise<{ host: string; port: number; path: string }>;

/**
 * One rank's share of a dataset behind a connector: rows of a query, objects under a prefix, records of files.
 * Backpressured; ends after the share.
 */
export declare function dataset<R = Record<string, unknown>>(
  resource: string,
  source: { query: string; key: string } | { prefix: string; format: 'parquet' | 'csv' | 'ndjson' | 'raw' },
  options?: {
    columns?: readonly string[];
    batchRows?: number;
    rank?: number;
    size?: number;
    signal?: AbortSignal | undefined;
  },
): AsyncIterable<R[]>;
