/** PostgreSQL as Debian packages it, with a cluster of its own, on a private host. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { PrivateHost } from './private-host.ts';

const versions = '/usr/lib/postgresql';

/** Why there can be none on this machine, or null. */
export function noPostgres(): string | null {
  return existsSync(versions) ? null : 'PostgreSQL is missing: apt-get install postgresql';
}

export class PostgresServer {
  readonly port = 5432;
  readonly #folder: string;
  readonly #bin: string;
  readonly #password = 'of-the-administrator';

  private constructor(folder: string, bin: string) {
    [this.#folder, this.#bin] = [folder, bin];
  }

  /**
   * Listens on every address of its host; whoever gets there needs a password. It ends with its host; the folder, an
   * empty one in which other users may look for names, is to be removed afterwards.
   */
  static async start(host: PrivateHost, folder: string): Promise<PostgresServer> {
    const version = readdirSync(versions).sort((a, b) => Number(b) - Number(a))[0] ?? '';
    const server = new PostgresServer(folder, join(versions, version, 'bin'));
    const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
    chownSync(folder, id('-u'), id('-g'));
    const secret = join(folder, 'password');
    writeFileSync(secret, server.#password, { mode: 0o644 });
    const data = join(folder, 'data');
    server.#asPostgres('initdb', ['-D', data, '-U', 'admin', '-A', 'scram-sha-256', '--pwfile', secret, '-E', 'UTF8']);
    writeFileSync(join(data, 'pg_hba.conf'), 'local all all scram-sha-256\nhost all all 0.0.0.0/0 scram-sha-256\n');
    const settings = { listen_addresses: '*', unix_socket_directories: folder, fsync: 'off', max_wal_size: '4GB' };
    const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const command = [...asPostgres, join(server.#bin, 'postgres'), '-D', data, ...words];
    await host.start(command, /database system is ready to accept connections/u);
    return server;
  }

  /** Runs SQL as its administrator, and gives what it prints. */
  sql(text: string, database = 'postgres'): string {
    return execFileSync(join(this.#bin, 'psql'), [...this.#login(database), '-qAt', '-c', text], {
      encoding: 'utf8',
      env: { ...process.env, PGPASSWORD: this.#password },
    });
  }

  /** Takes rows of CSV for a table. */
  copy(table: string, database: string): { readonly rows: Writable; readonly done: Promise<void> } {
    const words = [...this.#login(database), '-q', '-c', `copy ${table} from stdin with (format csv)`];
    const psql = spawn(join(this.#bin, 'psql'), words, {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...process.env, PGPASSWORD: this.#password },
    });
    const done = once(psql, 'close').then(([code]) => {
      if (code !== 0) throw new Error(`psql ended with ${String(code)}`);
    });
    return { rows: psql.stdin, done };
  }

  #login(database: string): string[] {
    return ['-h', this.#folder, '-p', String(this.port), '-U', 'admin', '-d', database, '-v', 'ON_ERROR_STOP=1'];
  }

  #asPostgres(command: string, args: readonly string[]): void {
    const [file = '', ...before] = asPostgres;
    execFileSync(file, [...before, join(this.#bin, command), ...args], { stdio: 'pipe', cwd: '/' });
  }
}

/** It refuses to run as root. */
const asPostgres = ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'];
