/**
 * The connectors of one job: a gateway, its own or one apart, and the door at which the job's sandboxes ask it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { JobDoor } from '../../connectors/gateway/job-door.ts';
import { RemoteGateway } from '../../connectors/gateway/control-client.ts';
import type { JobIdentity } from '../../connectors/gateway/opening.ts';
import type { ConnectorPlace } from '../../runtime/core/connectors.ts';
import type { Mount } from '../backends/backend.ts';
import type { JobDirectory } from '../job-directory.ts';
import type { ConnectorsSpec, JobSpec } from '../job-spec.ts';
import { OwnGateway } from './own-gateway.ts';

/** Addresses of resources inside a sandbox: the last number is the resource's. */
const loopback = '127.77.0.';

export interface JobConnectorsOptions {
  readonly connectors: ConnectorsSpec;
  readonly directory: JobDirectory;
  /** Of the job in its mesh. */
  readonly number: number;
  readonly job: JobIdentity;
  /** Whether sandboxes have a file of hosts of their own. */
  readonly hasHosts: boolean;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Of the inner door of a job's own gateway; sandboxes do not see it. */
function controlPath(jobDirectory: string, number: number): string {
  return join(jobDirectory, `g${String(number)}.sock`);
}

/** Name of a job, for grants: as it was given, or that of its script. */
export function grantName({ name, programs: [program] }: JobSpec): string {
  const script = basename(program?.script ?? 'job');
  return name ?? script.slice(0, script.length - extname(script).length);
}

export class JobConnectors {
  readonly #door: JobDoor;
  readonly #doorPath: string;
  readonly #resources: ConnectorPlace['resources'];
  readonly #hosts: string | null;
  readonly #leave: () => Promise<void>;

  /**
   * Resolves once the agents of all its resources are there. Rejects with ERR_DENIED, ERR_CONNECTOR or ERR_LAUNCH,
   * saying why the job cannot have them.
   */
  static async open(options: JobConnectorsOptions): Promise<JobConnectors> {
    const { directory, number, job, log, signal } = options;
    const { resources, gateway } = options.connectors;
    const joined =
      'socket' in gateway
        ? await RemoteGateway.join(gateway.socket, job, resources, signal)
        : await OwnGateway.join(gateway, job, resources, {
            log,
            signal,
            controlPath: controlPath(directory.path, number),
          });
    const doorPath = join(dirname(directory.rendezvousPath), `c${String(number)}.sock`);
    try {
      const places = resources.map((name, at) => ({
        name,
        kind: joined.offers[at]?.kind ?? '',
        host: `${loopback}${String(at + 1)}`,
        port: joined.offers[at]?.port ?? 0,
      }));
      const hosts = options.hasHosts ? hostsFile(directory, number, places) : null;
      const door = await JobDoor.listen(doorPath, { job, resources, opener: joined, log });
      await directory.hand(doorPath).catch(async (error: unknown) => {
        await door.close();
        throw error;
      });
      return new JobConnectors(door, { doorPath, places, hosts, leave: () => joined.leave() });
    } catch (error) {
      await joined.leave();
      throw error;
    }
  }

  private constructor(
    door: JobDoor,
    parts: { doorPath: string; places: ConnectorPlace['resources']; hosts: string | null; leave: () => Promise<void> },
  ) {
    [this.#door, this.#doorPath, this.#resources] = [door, parts.doorPath, parts.places];
    [this.#hosts, this.#leave] = [parts.hosts, parts.leave];
  }

  get mounts(): readonly Mount[] {
    return this.#hosts === null ? [] : [{ source: this.#hosts, target: '/etc/hosts', writable: false }];
  }

  /** What a sandbox with these ranks is told; `firstRank`: of the job, in its mesh. */
  place(ranks: readonly number[], firstRank: number): ConnectorPlace {
    return {
      door: this.#doorPath,
      secret: this.#door.admit(ranks.map((rank) => rank - firstRank)),
      firstRank,
      resources: this.#resources,
      hasHosts: this.#hosts !== null,
      // Private memory of the sandbox, where users mount nothing.
      ...(this.#hosts === null ? {} : { folder: '/dev/shm' }),
    };
  }

  async close(): Promise<void> {
    await this.#door.close();
    await this.#leave();
  }
}

/** With the names of the job's resources; bubblewrap shows it to each of its sandboxes. */
function hostsFile({ path }: JobDirectory, number: number, places: ConnectorPlace['resources']): string {
  const folder = join(path, 'hosts');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const file = join(folder, String(number));
  const lines = ['127.0.0.1 localhost', '::1 localhost', ...places.map(({ name, host }) => `${host} ${name}`)];
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o644 });
  return file;
}
