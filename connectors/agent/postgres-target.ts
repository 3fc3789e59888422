/**
 * `postgres`: a database, into which the agent logs in. The rank's client is let in as it comes; the user, the password
 * and the database that it names do not count: those of the agent's file do.
 */
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HostPort } from '../wire/address.ts';
import { flagIn, textOf } from '../wire/checked-fields.ts';
import { targetTimeoutMs } from '../wire/limits.ts';
import { certificateIn } from './http-forward.ts';
import { duplexPair } from './duplex-pair.ts';
import { logIn, type PostgresPlace, type Session } from './postgres-login.ts';
import { cancelRequest, errorMessage, greeting, type Started, startOf } from './postgres-start.ts';
import { secretFrom } from './secret.ts';
import { type Target, targetAddress, type TargetKind } from './target.ts';
import { joinStreams } from '../wire/join-streams.ts';
import { resetting } from '../wire/resetting.ts';

export const postgresKind: TargetKind = {
  kind: 'postgres',
  keys: ['target', 'database', 'user', 'password', 'tls', 'ca'],
  parse: (fields, place) => {
    const ca = certificateIn(fields, place);
    return new PostgresTarget({
      address: addressOf(textOf(fields, 'target', place), place),
      database: textOf(fields, 'database', place),
      user: textOf(fields, 'user', place),
      password: fields['password'] === undefined ? undefined : secretFrom(fields['password'], 'password', place),
      tls: flagIn(fields, 'tls', place) ?? ca !== undefined,
      ca,
    });
  },
};

/** `host:port`, or the path of a socket as PostgreSQL names them. */
function addressOf(text: string, place: string): HostPort {
  const [, folder, port] = /^(\/.*)\/\.s\.PGSQL\.(\d{1,5})$/u.exec(text) ?? [];
  if (folder !== undefined) return { host: folder, port: Number(port) };
  return targetAddress(text, place, 'the path of a socket, which ends with /.s.PGSQL. and a port');
}

class PostgresTarget implements Target {
  readonly kind = 'postgres';
  readonly port = 5432;
  readonly #place: PostgresPlace;
  /** By the key that cancels what it does: sessions that live. */
  readonly #sessions = new Set<string>();

  constructor(place: PostgresPlace) {
    this.#place = place;
  }

  connect(signal: AbortSignal): Promise<Duplex> {
    const [outer, inner] = duplexPair();
    inner.on('error', () => undefined);
    this.#serve(inner, signal).catch((error: unknown) => {
      const { code, message } = error as { code?: string; message: string };
      // Codes of PostgreSQL go through; what else happened is «unable to establish the connection» (08001).
      inner.end(errorMessage(/^[0-9A-Z]{5}$/u.test(code ?? '') ? (code ?? '') : '08001', message));
      inner.resume();
    });
    return Promise.resolve(outer);
  }

  close(): void {
    // Sessions end with their streams.
  }

  async #serve(client: Duplex, signal: AbortSignal): Promise<void> {
    const started: Started = await startOf(client);
    if ('cancels' in started) {
      if (this.#sessions.has(started.cancels.toString('hex'))) await this.#cancel(started.cancels);
      client.end();
      return;
    }
    const session: Session = await logIn(this.#place, started.parameters);
    const key = session.key.toString('hex');
    this.#sessions.add(key);
    const { connection } = session;
    connection.once('close', () => this.#sessions.delete(key));
    if (client.destroyed || signal.aborted) {
      connection.destroy();
      return;
    }
    client.write(greeting(session));
    await joinStreams(client, resetting(connection));
  }

  /** As libpq does: in the clear, whatever the session does, and on a connection of its own. */
  #cancel(key: Buffer): Promise<void> {
    const { host, port } = this.#place.address;
    return new Promise((resolve) => {
      const to = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${String(port)}` } : { host, port };
      const socket: Socket = connect({ ...to, timeout: targetTimeoutMs }, () => socket.end(cancelRequest(key)));
      socket.on('timeout', () => socket.destroy());
      socket.on('error', () => undefined);
      socket.once('close', () => resolve());
      socket.resume();
    });
  }
}
