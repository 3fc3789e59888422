/** Gateways in this process: one for each address, shared by the jobs that name it, gone with the last of them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { Control } from '../../connectors/gateway/control.ts';
import { Gateway } from '../../connectors/gateway/gateway.ts';
import type { Opener } from '../../connectors/gateway/job-door.ts';
import type { JobIdentity, Opening } from '../../connectors/gateway/opening.ts';
import type { OfferedResource } from '../../connectors/wire/registration.ts';
import { privateFolder } from '../../connectors/wire/files.ts';
import { rmSync } from 'node:fs';
import type { OwnGatewayOptions } from '../job-spec.ts';
import { watchGrants } from './watch-grants.ts';

interface Running {
  readonly gateway: Gateway;
  jobs: number;
  close(): Promise<void>;
}

const running = new Map<string, Promise<Running>>();

/** Starts one, with its inner door. */
export async function startGateway(
  options: OwnGatewayOptions & { readonly socket: string },
  log: (line: string) => void,
): Promise<{ readonly gateway: Gateway; close(): Promise<void> }> {
  const { state, listen, grants, configPath, socket } = options;
  privateFolder(state);
  const auditFolder = join(state, 'audit');
  mkdirSync(auditFolder, { recursive: true, mode: 0o700 });
  const stamp = new Date().toISOString().replaceAll(':', '').slice(0, 17);
  const auditPath = options.audit ?? join(auditFolder, `${stamp}-${String(process.pid)}.jsonl`);
  const gateway = await Gateway.start({ ...listen, stateFolder: state, grants, auditPath, log });
  try {
    const control = await Control.listen(socket, gateway);
    const stop = configPath === undefined ? undefined : watchGrants(configPath, (next) => gateway.configure(next), log);
    return {
      gateway,
      close: async () => {
        stop?.();
        await control.close();
        rmSync(socket, { force: true });
        await gateway.close();
      },
    };
  } catch (error) {
    await gateway.close();
    throw error;
  }
}

/** A job's place at one. */
export class OwnGateway implements Opener {
  readonly offers: readonly OfferedResource[];
  readonly #running: Running;
  readonly #job: JobIdentity;
  readonly #key: string;

  /** Rejects as `Gateway.start` and `Gateway.offers`. */
  static async join(
    options: OwnGatewayOptions,
    job: JobIdentity,
    resources: readonly string[],
    { log, signal }: { log: (line: string) => void; signal: AbortSignal },
  ): Promise<OwnGateway> {
    const key = `${options.listen.host}:${String(options.listen.port)}`;
    const starting = running.get(key) ?? start(options, log);
    running.set(key, starting);
    let there: Running;
    try {
      there = await starting;
    } catch (error) {
      running.delete(key);
      throw error;
    }
    there.jobs += 1;
    try {
      return new OwnGateway(there, job, key, await there.gateway.offers(resources, job, signal));
    } catch (error) {
      await release(there, key);
      throw error;
    }
  }

  private constructor(there: Running, job: JobIdentity, key: string, offers: readonly OfferedResource[]) {
    [this.#running, this.#job, this.#key, this.offers] = [there, job, key, offers];
  }

  open(opening: Opening): Promise<Duplex> {
    return this.#running.gateway.open(opening);
  }

  async leave(): Promise<void> {
    await this.#running.gateway.leave(this.#job);
    await release(this.#running, this.#key);
  }
}

async function start(options: OwnGatewayOptions, log: (line: string) => void): Promise<Running> {
  const folder = join(options.state, 'run');
  privateFolder(options.state);
  privateFolder(folder);
  const socket = join(folder, `${String(process.pid)}-${String(options.listen.port)}.sock`);
  rmSync(socket, { force: true });
  return { ...(await startGateway({ ...options, socket }, log)), jobs: 0 };
}

async function release(there: Running, key: string): Promise<void> {
  there.jobs -= 1;
  if (there.jobs > 0) return;
  running.delete(key);
  await there.close();
}
