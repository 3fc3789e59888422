/** Streams of this rank. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { rankContext } from '../../runtime/comm/rank-context.ts';
import { isTsmpiError, TsmpiError } from '../../runtime/core/errors.ts';
import { withoutCode } from '../wire/messages.ts';
import { Deadline } from '../wire/deadline.ts';
import { isName, namesAre } from '../wire/names.ts';
import { openStream } from '../wire/open-stream.ts';
import type { RankConnectors } from '../../runtime/core/connectors.ts';

/**
 * How a stream is opened.
 * @example
 * const options: ConnectOptions = { timeoutMs: 10_000 };
 * const stream = await connect('warehouse', options);
 */
export interface ConnectOptions {
  /** Aborting it ends the attempt; the call rejects with ERR_CANCELLED. */
  signal?: AbortSignal | undefined;
  /** For the attempt; it then rejects with ERR_TIMEOUT. */
  timeoutMs?: number | undefined;
}

/**
 * Opens a byte stream to the resource `resource`, which the job was started with (`--connector NAME`). Half-close and
 * backpressure work as on a `net.Socket`. A stream that is cut fails with ERR_CONNECTOR: it never ends as if it were
 * whole.
 *
 * Rejects with ERR_DENIED, saying which of the two sides refuses it; with ERR_CONNECTOR when the agent is not connected
 * (opens wait 5 s for its return) or cannot reach its target; with ERR_ARGUMENT for what is no name.
 *
 * @example
 * ```ts
 * import { connect } from 'tsmpi/connectors';
 * const stream = await connect('warehouse');
 * stream.end('PING\r\n');
 * for await (const bytes of stream) console.log(String(bytes));
 * ```
 */
export async function connect(resource: string, options: ConnectOptions = {}): Promise<Duplex> {
  const { where, connectors } = knownResource(resource, 'connect');
  const { signal, timeoutMs } = options;
  const deadline = new Deadline(timeoutMs === undefined ? undefined : checkedTimeout(timeoutMs, where), signal);
  const { door, secret, rank } = connectors;
  const opened = new Error('opened');
  try {
    const stream = await openStream({ door, secret, rank, resource, where, signal: deadline.signal });
    // What cuts it later happens in a socket: the job's line is that of this call.
    stream.openedAt =
      opened.stack?.replace(/^.*\n(?:.*\bconnectors\/index\.js.*\n)?/u, '\n  of a stream opened\n') ?? '';
    return stream;
  } catch (error) {
    if (deadline.hasPassed) {
      throw new TsmpiError('ERR_TIMEOUT', `not open after ${String(timeoutMs)} ms`, { where });
    }
    if (!isTsmpiError(error)) throw error;
    // Made anew, where the caller awaits: the stack of the first one ends in a socket.
    throw new TsmpiError(error.code, withoutCode(error.message), { cause: error.cause });
  } finally {
    deadline.end();
  }
}

/**
 * Where unmodified clients dial a resource: an address inside the sandbox, of which each connection becomes one stream.
 * In sandboxes of the `local` backend the resource's name is a host name as well, on the same port. At `host` and
 * `port` a client sees a stream that is cut as a reset connection; at `path`, a unix socket, which knows no reset, as
 * an end. The launcher tells why.
 * Rejects as `connect` does for names.
 *
 * @example
 * ```ts
 * import { endpoint } from 'tsmpi/connectors';
 * const { host, port } = await endpoint('warehouse');
 * console.log(`postgres://reader@${host}:${String(port)}/flights`);
 * ```
 */
export async function endpoint(resource: string): Promise<{ host: string; port: number; path: string }> {
  const { connectors } = knownResource(resource, 'endpoint');
  const text = readFileSync(join(connectors.folder, `${resource}.json`), 'utf8');
  return Promise.resolve(JSON.parse(text) as { host: string; port: number; path: string });
}

/** What this rank knows of a resource. Throws ERR_ARGUMENT for what is no name, ERR_DENIED for one not of its job. */
export function knownResource(resource: string, call: string): { where: string; connectors: RankConnectors } {
  const context = rankContext();
  const rank = context === undefined ? '' : `rank ${String(context.rank - context.worldFirst)} `;
  const where = `${rank}${call}(${JSON.stringify(resource)})`;
  if (!isName(resource))
    throw new TsmpiError('ERR_ARGUMENT', 'this is no name of a resource', { where, remedy: namesAre });
  const connectors = context?.connectors;
  if (connectors !== undefined && Object.hasOwn(connectors.kinds, resource)) return { where, connectors };
  const given = connectors === undefined ? 'no connectors' : `${Object.keys(connectors.kinds).join(', ')} alone`;
  throw new TsmpiError('ERR_DENIED', `the job was started with ${given}`, {
    where,
    remedy: `start it with tsmpirun --connector ${resource}`,
  });
}

function checkedTimeout(timeoutMs: number, where: string): number {
  if (Number.isFinite(timeoutMs) && timeoutMs >= 0) return timeoutMs;
  throw new TsmpiError('ERR_ARGUMENT', `timeoutMs is ${String(timeoutMs)}`, { where, remedy: 'pass 0 or more' });
}
