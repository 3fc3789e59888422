/** The agent's session with a PostgreSQL database: `pg` logs in, then its connection is taken over as it is. */
import type { Socket } from 'node:net';
import pg from 'pg';
import { TsmpiError } from '../../runtime/core/errors.ts';
import type { HostPort } from '../wire/address.ts';
import { targetTimeoutMs } from '../wire/limits.ts';

export interface PostgresPlace {
  /** `host`: a name, or the folder of a unix socket. */
  readonly address: HostPort;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly tls: boolean;
  /** PEM. */
  readonly ca: string | undefined;
}

/** A database that waits for its first question. */
export interface Session {
  readonly connection: Socket;
  /** What it has said of itself: its version, its time zone … */
  readonly parameters: ReadonlyMap<string, string>;
  /** Number and secret of the session, by which what it does is cancelled. */
  readonly key: Buffer;
}

/** What `pg` keeps of a connection. It is no part of its types: package.json holds its minor version. */
interface Inner {
  readonly connection: {
    readonly stream: Socket;
    on(event: 'parameterStatus', listener: (message: { parameterName: string; parameterValue: string }) => void): void;
  };
  readonly processID: number;
  readonly secretKey: number;
}

/** Settings of a client that it gives at its start, and that may be set at any time as well. */
const notSettings: ReadonlySet<string> = new Set(['user', 'database', 'replication', 'options', 'application_name']);

/**
 * Logs in with what the rank's client said at its start. Rejects with the database's own code where it refuses, else
 * with ERR_CONNECTOR; in words without an address.
 */
export async function logIn(place: PostgresPlace, wanted: ReadonlyMap<string, string>): Promise<Session> {
  const { address, database, user, password, tls, ca } = place;
  const client = new pg.Client({
    ...address,
    database,
    user,
    // Not undefined: `pg` would look for one in the environment of the agent.
    password: password ?? '',
    ssl: tls ? { ...(ca === undefined ? {} : { ca }), rejectUnauthorized: true } : false,
    connectionTimeoutMillis: targetTimeoutMs,
    application_name: wanted.get('application_name') ?? 'tsmpi',
    options: wanted.get('options') ?? '',
    keepAlive: true,
  });
  const parameters = new Map<string, string>();
  const inner = client as unknown as Inner;
  inner.connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
    parameters.set(parameterName, parameterValue);
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    for (const [name, value] of wanted) {
      if (!notSettings.has(name)) await client.query('select set_config($1, $2, false)', [name, value]);
    }
  } catch (error) {
    void client.end().catch(() => undefined);
    throw refusal(error as Error & { code?: string });
  }
  const { connection, processID, secretKey } = inner;
  const { stream } = connection;
  // Its reader; what else `pg` listens for does no harm.
  stream.removeAllListeners('data').pause();
  stream.allowHalfOpen = true;
  const key = Buffer.alloc(8);
  key.writeInt32BE(processID, 0);
  key.writeInt32BE(secretKey, 4);
  return { connection: stream, parameters, key };
}

function refusal(error: Error & { code?: string }): Error {
  const code = error.code ?? 'no answer';
  // What the database says names the user, and is the rank's to know; what the system says names the address.
  if (error instanceof pg.DatabaseError) return Object.assign(new Error(error.message), { code });
  return new TsmpiError('ERR_CONNECTOR', `the database cannot be reached (${code})`);
}
