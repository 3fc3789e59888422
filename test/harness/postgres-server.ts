/** PostgreSQL as Debian packages it, with a cluster of its own, on a private host. */
import { execFileSync, type StdioOptions } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrivateHost } from './private-host.ts';

const versions = '/usr/lib/postgresql';

/** Why there can be none on this machine, or null. */
export function noPostgres(): string | null {
  return existsSync(versions) ? null : 'PostgreSQL is missing: apt-get install postgresql';
}

export class PostgresServer implements Disposable {
  readonly port = 5432;
  readonly #folder: string;
  readonly #bin: string;
  readonly #password = 'of-the-administrator';

  private constructor(folder: string, bin: string) {
    [this.#folder, this.#bin] = [folder, bin];
  }

  /** Listens on every address of its host; whoever gets there needs a password. */
  static async start(host: PrivateHost): Promise<PostgresServer> {
    const version = readdirSync(versions).sort((a, b) => Number(b) - Number(a))[0] ?? '';
    const folder = mkdtempSync(join(tmpdir(), 'postgres-of-test-'));
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

  /** Path of its socket. */
  get socket(): string {
    return join(this.#folder, `.s.PGSQL.${String(this.port)}`);
  }

  /** Runs SQL as its administrator, and gives what it prints. */
  sql(text: string, database = 'postgres'): string {
    return execFileSync(join(this.#bin, 'psql'), [...this.#login(database), '-qAt', '-c', text], {
      encoding: 'utf8',
      env: { ...process.env, PGPASSWORD: this.#password },
    });
  }

  /** Words and environment of a `psql` that reads a script. */
  script(database: string, stdio: StdioOptions): { file: string; args: string[]; options: object } {
    return {
      file: join(this.#bin, 'psql'),
      args: [...this.#login(database), '-q'],
      options: { stdio, env: { ...process.env, PGPASSWORD: this.#password } },
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
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
