/** The agent of a private network: it dials out, again and again, and serves what its file names. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isTsmpiError } from '../../runtime/core/errors.ts';
import type { HostPort } from '../wire/address.ts';
import { readDocument, writePrivate } from '../wire/files.ts';
import { agentSessions, redialMsMax, redialMsMin, sessionStoodMs } from '../wire/limits.ts';
import type { EnrolmentToken } from '../wire/token.ts';
import { watchFile } from '../wire/watch-file.ts';
import { type AgentConfig, readAgentConfig } from './agent-config.ts';
import { GrantCheck } from './grant-check.ts';
import { Membership } from './membership.ts';
import { ResourceService } from './resource-service.ts';

export interface AgentOptions {
  readonly configPath: string;
  readonly config: AgentConfig;
  readonly gateway: HostPort;
  /** Holds the membership. */
  readonly stateFolder: string;
  readonly membership: Membership;
  /** Lines for its user. */
  readonly log: (line: string) => void;
  /** Aborted to end it. */
  readonly signal: AbortSignal;
}

/** Runs until the signal aborts. Never rejects: what goes wrong is told, and tried again. */
export async function runAgent(options: AgentOptions): Promise<void> {
  const { membership, signal, config } = options;
  const service = new ResourceService(
    config,
    new GrantCheck(membership.agent, membership.grantKey),
    nextGeneration(options.stateFolder),
  );
  const stopLooking = lookAfterConfig(options, (changed) => service.configure(changed));
  signal.addEventListener('abort', () => service.close(), { once: true });
  const told = new Told(options.log);
  await Promise.all(Array.from({ length: agentSessions }, () => keepSession(service, options, told)));
  stopLooking();
}

/** Larger than any before, also where the clock was set back. */
function nextGeneration(folder: string): number {
  const path = join(folder, 'generation.json');
  const before = Number(readDocument(path) ?? 0);
  const generation = Math.max(Date.now(), Number.isFinite(before) ? before + 1 : 0);
  writePrivate(path, JSON.stringify(generation));
  return generation;
}

export interface EnrolOptions extends Pick<AgentOptions, 'gateway' | 'stateFolder' | 'log' | 'signal'> {
  readonly token: EnrolmentToken;
}

/** Enrols, as soon as the gateway answers. Rejects with ERR_DENIED when it refuses; null when the signal aborts. */
export async function enrol({ gateway, stateFolder, token, log, signal }: EnrolOptions): Promise<Membership | null> {
  const [told, pauses] = [new Told(log), new Pauses()];
  while (!signal.aborted) {
    try {
      return await Membership.enrol(stateFolder, gateway, token);
    } catch (error) {
      if (!isTsmpiError(error) || error.code !== 'ERR_CONNECTOR') throw error;
      told.say(`${error.message}; dialling again`);
    }
    await pauses.next(signal);
  }
  return null;
}

/** Between two dials, at random, so that many agents do not come at once: longer each time. */
class Pauses {
  #mostMs = redialMsMin;

  async next(signal: AbortSignal): Promise<void> {
    const pauseMs = redialMsMin + Math.random() * (this.#mostMs - redialMsMin);
    this.#mostMs = Math.min(redialMsMax, this.#mostMs * 2);
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }

  /** A session that stood for a while was good: the next one is tried soon. */
  stood(durationMs: number): void {
    if (durationMs > sessionStoodMs) this.#mostMs = redialMsMin;
  }
}

/** A line is said once until another one is. */
class Told {
  readonly #log: (line: string) => void;
  #last = '';

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  say(line: string): void {
    if (line === this.#last) return;
    this.#last = line;
    this.#log(line);
  }
}

/** Dials, serves, and dials again. */
async function keepSession(service: ResourceService, options: AgentOptions, told: Told): Promise<void> {
  const { membership, gateway, signal, log } = options;
  const say = (line: string): void => {
    if (!signal.aborted) told.say(`${line}; dialling again`);
  };
  const pauses = new Pauses();
  while (!signal.aborted) {
    const startedMs = performance.now();
    try {
      if (Date.now() >= membership.renewAtMs) {
        await membership.renew(gateway);
        log('the certificate is renewed');
      }
      const socket = await membership.dial(gateway);
      told.say(`connected to the gateway at ${gateway.host}:${String(gateway.port)}`);
      say(`the session has ended: ${await service.serveWhole(socket, signal)}`);
    } catch (error) {
      say(isTsmpiError(error) ? error.message : String(error));
    }
    pauses.stood(performance.now() - startedMs);
    await pauses.next(signal);
  }
}

/**
 * Tells of each change of the file. One that cannot be read serves nothing until it is mended: what its user has taken
 * back must not go on because of a slip.
 */
function lookAfterConfig({ configPath, log }: AgentOptions, changed: (config: AgentConfig) => void): () => void {
  return watchFile(configPath, () => {
    try {
      const config = readAgentConfig(configPath);
      changed(config);
      log(`the configuration has changed: ${[...config.keys()].join(', ')}`);
    } catch (error) {
      changed(new Map());
      log(`${(error as Error).message}; nothing is served until it is mended`);
    }
  });
}
