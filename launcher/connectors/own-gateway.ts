/** Gateways in this process: one for each address, shared by the jobs that name it, gone with the last of them. */
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { Control } from '../../connectors/gateway/control.ts';
import { Gateway } from '../../connectors/gateway/gateway.ts';
import type { Opener } from '../../connectors/gateway/job-door.ts';
import type { Denial, JobIdentity, Opening } from '../../connectors/gateway/opening.ts';
import type { OfferedResource } from '../../connectors/wire/registration.ts';
import { privateFolder } from '../../connectors/wire/files.ts';
import type { OwnGatewayOptions } from '../job-spec.ts';
import { watchGrants } from './watch-grants.ts';

interface Running {
  readonly gateway: Gateway;
  jobs: number;
  close(): Promise<void>;
}

export interface OwnGatewayParts {
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** Where its inner door is to be: of the job, and gone with it. */
  readonly controlPath: string;
}

const running = new Map<string, Promise<Running>>();

/** Starts one. Rejects as `Gateway.start`. */
export async function startGateway(
  { state, listen, grants, configPath, audit }: OwnGatewayOptions,
  log: (line: string) => void,
): Promise<{ readonly gateway: Gateway; close(): Promise<void> }> {
  privateFolder(state);
  const gateway = await Gateway.start({
    ...listen,
    stateFolder: state,
    grants,
    auditPath: audit ?? auditIn(state),
    log,
  });
  const stop = configPath === undefined ? undefined : watchGrants(configPath, (next) => gateway.configure(next), log);
  return {
    gateway,
    close: async () => {
      stop?.();
      await gateway.close();
    },
  };
}

/** A log of its own for each gateway: two cannot follow each other's lines. */
function auditIn(state: string): string {
  const folder = join(state, 'audit');
  privateFolder(folder);
  const stamp = new Date().toISOString().replaceAll(':', '').slice(0, 17);
  return join(folder, `${stamp}-${String(process.pid)}.jsonl`);
}

/** A job's place at one. */
export class OwnGateway implements Opener {
  readonly offers: readonly OfferedResource[];
  readonly #running: Running;
  readonly #job: JobIdentity;
  readonly #key: string;
  readonly #control: Control;

  /** Rejects as `Gateway.start` and `Gateway.offers`. */
  static async join(
    options: OwnGatewayOptions,
    job: JobIdentity,
    resources: readonly string[],
    { log, signal, controlPath }: OwnGatewayParts,
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
    let control: Control | undefined;
    try {
      // From here on its status can be asked, also while agents are waited for.
      control = await Control.listen(controlPath, there.gateway);
      const offers = await there.gateway.offers(resources, job, signal);
      return new OwnGateway({ running: there, job, key, offers, control });
    } catch (error) {
      await control?.close();
      await release(there, key);
      throw error;
    }
  }

  private constructor(parts: {
    running: Running;
    job: JobIdentity;
    key: string;
    offers: readonly OfferedResource[];
    control: Control;
  }) {
    [this.#running, this.#job, this.#key] = [parts.running, parts.job, parts.key];
    [this.offers, this.#control] = [parts.offers, parts.control];
  }

  open(opening: Opening): Promise<Duplex> {
    return this.#running.gateway.open(opening);
  }

  deny(denial: Denial): void {
    this.#running.gateway.deny(denial);
  }

  async leave(): Promise<void> {
    await this.#control.close();
    await this.#running.gateway.leave(this.#job);
    await release(this.#running, this.#key);
  }
}

async function start(options: OwnGatewayOptions, log: (line: string) => void): Promise<Running> {
  return { ...(await startGateway(options, log)), jobs: 0 };
}

async function release(there: Running, key: string): Promise<void> {
  there.jobs -= 1;
  if (there.jobs > 0) return;
  running.delete(key);
  await there.close();
}
