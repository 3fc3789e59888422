/** The agent's side of its streams: it decides by its own list, dials the target, and joins the two. */
import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { withoutCode } from '../wire/messages.ts';
import { CountedStream } from '../wire/counted-stream.ts';
import { grantHeader, reasonHeader } from '../wire/grant-form.ts';
import { joinStreams } from '../wire/join-streams.ts';
import { registrationLine, registrationPath, streamsPath } from '../wire/registration.ts';
import { resetting } from '../wire/resetting.ts';
import { sessionOptions, watchOver } from '../wire/session-settings.ts';
import { TokenBucket } from '../wire/token-bucket.ts';
import { TsmpiError } from '../../runtime/core/errors.ts';
import type { AgentConfig, ResourceConfig } from './agent-config.ts';
import type { Grant, GrantCheck } from './grant-check.ts';
import { IdleWatch } from './idle-watch.ts';

/** A stream that lives. */
interface Live {
  readonly resource: string;
  readonly job: string;
  readonly cut: (why: string) => void;
  /** By the limits of its resource as they now are. */
  limit: (resource: ResourceConfig) => void;
}

interface Refused {
  readonly status: number;
  readonly reason: string;
}

export class ResourceService {
  readonly #server: Http2Server;
  readonly #grants: GrantCheck;
  readonly #generation: number;
  readonly #live = new Set<Live>();
  readonly #registrations = new Set<ServerHttp2Stream>();
  readonly #buckets = new Map<string, TokenBucket>();
  #config: AgentConfig;

  constructor(config: AgentConfig, grants: GrantCheck, generation: number) {
    [this.#config, this.#grants, this.#generation] = [config, grants, generation];
    this.#server = createServer({ ...sessionOptions });
    this.#server.on('stream', (stream, headers) => this.#serve(stream, headers));
    this.#server.on('sessionError', () => undefined);
  }

  /** Serves a connection that this agent has dialled, to its end. Resolves with why it has ended. */
  serveWhole(socket: Duplex, signal: AbortSignal): Promise<string> {
    return new Promise((resolve) => {
      let why = 'the gateway closed it';
      const end = (): void => void socket.destroy();
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      socket.once('error', (error) => (why = error.message));
      socket.once('close', () => {
        signal.removeEventListener('abort', end);
        resolve(why);
      });
      this.#server.once('session', (session: ServerHttp2Session) => {
        watchOver(session, socket, () => undefined);
        session.on('goaway', (_, __, reason?: Uint8Array) => {
          if (reason !== undefined && reason.byteLength > 0) why = Buffer.from(reason).toString('utf8');
        });
      });
      // Emits 'session' before it returns.
      this.#server.emit('connection', socket);
    });
  }

  /** Streams that the new configuration would not open are cut. */
  configure(config: AgentConfig): void {
    for (const live of this.#live) {
      const [before, after] = [this.#config.get(live.resource), config.get(live.resource)];
      if (after === undefined) live.cut('the resource is not served any more');
      else if (!mayUse(after, live.job)) live.cut('the job may not use the resource any more');
      else if (after.behind !== before?.behind) live.cut('the resource changed');
      else live.limit(after);
    }
    for (const { target } of this.#config.values()) target.close();
    this.#config = config;
    this.#buckets.clear();
    for (const stream of this.#registrations) stream.write(this.#registration());
  }

  close(): void {
    for (const live of this.#live) live.cut('the agent ends');
    for (const { target } of this.#config.values()) target.close();
    this.#server.close();
  }

  #registration(): string {
    const resources = Object.fromEntries(
      [...this.#config.values()].map(({ name, target, port }) => [name, { kind: target.kind, port }]),
    );
    return registrationLine({ generation: this.#generation, resources });
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', () => undefined);
    const asked = `${headers[':method'] ?? ''} ${headers[':path'] ?? ''}`;
    if (asked === `GET ${registrationPath}`) {
      stream.respond({ ':status': 200 });
      stream.write(this.#registration());
      this.#registrations.add(stream);
      stream.once('close', () => this.#registrations.delete(stream));
    } else if (asked === `POST ${streamsPath}`) {
      this.#open(stream, headers).catch(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    } else refuse(stream, { status: 404, reason: 'there is nothing of that name' });
  }

  async #open(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const grant = await this.#grants.check(String(headers[grantHeader] ?? ''));
    if (stream.destroyed) return;
    if (typeof grant === 'string') {
      refuse(stream, { status: 403, reason: grant });
      return;
    }
    const allowed = this.#allowed(grant);
    if ('reason' in allowed) {
      refuse(stream, allowed);
      return;
    }
    await this.#connect(stream, grant, allowed);
  }

  async #connect(stream: ServerHttp2Stream, grant: Grant, allowed: ResourceConfig): Promise<void> {
    const gone = new AbortController();
    stream.once('close', () => gone.abort());
    const cut = new AbortController();
    const cutBy = (why: string): void => cut.abort(why);
    const live: Live = { resource: allowed.name, job: grant.job, cut: cutBy, limit: () => undefined };
    this.#live.add(live);
    stream.once('close', () => this.#live.delete(live));
    let connection: Duplex;
    try {
      connection = await allowed.target.connect(gone.signal);
    } catch (error) {
      if (!stream.destroyed) refuse(stream, { status: 502, reason: withoutCode((error as Error).message) });
      return;
    }
    if (stream.destroyed || cut.signal.aborted) {
      connection.destroy();
      if (!stream.destroyed) refuse(stream, { status: 403, reason: String(cut.signal.reason) });
      return;
    }
    stream.respond({ ':status': 200 }, { waitForTrailers: true });
    const counted = new CountedStream(stream, allowed.name);
    cut.signal.addEventListener('abort', () => {
      counted.destroy(new TsmpiError('ERR_CONNECTOR', String(cut.signal.reason), { where: allowed.name }));
    });
    const idle = new IdleWatch(counted, cutBy);
    live.limit = ({ idleMs, bytesPerSecond }) => {
      idle.limit(idleMs);
      counted.limit(bytesPerSecond ?? Number.POSITIVE_INFINITY);
    };
    live.limit(this.#config.get(allowed.name) ?? allowed);
    await joinStreams(counted, resetting(connection));
  }

  #allowed({ resource, job }: Grant): ResourceConfig | Refused {
    const found = this.#config.get(resource);
    if (found === undefined) return { status: 404, reason: `the agent serves no resource ${resource}` };
    if (!mayUse(found, job)) return { status: 403, reason: `the agent does not serve ${resource} to job ${job}` };
    const open = [...this.#live].filter((live) => live.resource === resource).length;
    if (open >= found.streams) {
      return {
        status: 429,
        reason: `${resource} has ${String(open)} streams, the agent allows ${String(found.streams)}`,
      };
    }
    if (found.opensPerSecond !== undefined) {
      const bucket = this.#buckets.get(resource) ?? new TokenBucket(found.opensPerSecond, found.opensPerSecond);
      this.#buckets.set(resource, bucket);
      if (!bucket.take()) {
        return {
          status: 429,
          reason: `${resource} is opened more than ${String(found.opensPerSecond)} times a second`,
        };
      }
    }
    return found;
  }
}

function mayUse({ jobs }: ResourceConfig, job: string): boolean {
  return jobs === undefined || jobs.includes(job);
}

function refuse(stream: ServerHttp2Stream, { status, reason }: Refused): void {
  stream.respond({ ':status': status, [reasonHeader]: encodeURIComponent(reason) }, { endStream: true });
  stream.close(constants.NGHTTP2_NO_ERROR);
}
