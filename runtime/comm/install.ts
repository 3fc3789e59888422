/**
 * The socket that collectives are plugged into. `collectives/` sits above this folder and is never imported here:
 * `runtime/index.ts` hands its definitions to `installCollectives`, which puts a method for each of them on the
 * communicator and on its blocking twin.
 */

import { callError, fromCaller } from './call-errors.ts';
import type { Exchange, Program } from './program.ts';
import type { Levels } from './sharing.ts';
import type { Team } from './team.ts';

/** One call, as a collective sees it. */
export interface CollectiveCall extends Exchange {
  /** How many calls of collectives came before it on this communicator. Left out where no team is. */
  readonly number?: number;
  /** The ranks, where all of them share a segment. */
  readonly team?: Team | undefined;
  /** Where they share several. */
  readonly levels?: Levels | undefined;
  /** In a grid: ranks in MPI's neighbour order, PROC_NULL for those that are missing. */
  readonly neighbours?: readonly number[] | undefined;
}

/** What a communicator offers to its collectives. */
export interface CollectiveHost {
  readonly rank: number;
  readonly size: number;
  readonly name: string;
  /**
   * Opens one call of a collective. Takes the communicator's next collective sequence number, so it must be called
   * once for each call, in program order, on every rank, whether or not the arguments then turn out to be wrong.
   */
  exchange(operation: string): CollectiveCall;
  /** The team, when a call may use it directly: it has no other call under way. */
  readonly free: Team | null;
  /** Opens a call and starts its program at once; resolves with what that returns. What `open` throws rejects. */
  runAsync<R>(open: () => OpenCall<R>): Promise<R>;
  /** Resolves when no call of `runAsync` goes on. */
  settled(): Promise<void>;
  /** Opens a call and runs its program to its end; blocks the thread meanwhile. */
  runSync<R>(open: () => OpenCall<R>): R;
}

/** The key under which a communicator, and its blocking twin, give their host. */
export const collectiveHost: unique symbol = Symbol('tsmpi.collectiveHost');

/** What the prototypes given to `installCollectives` belong to. */
export interface HasCollectiveHost {
  readonly [collectiveHost]: CollectiveHost;
}

/** A call whose arguments are checked, but for `signal` and `timeoutMs` of its options, which bound the wait. */
export interface OpenCall<R> {
  readonly program: Program<R>;
  readonly options: CollectiveOptions;
}

/** The options of a call, after it is known that they are an object. */
export type CollectiveOptions = Readonly<Record<string, unknown>>;

/** One collective. */
export interface CollectiveDefinition {
  /** The method's name, and the operation in error messages. */
  readonly name: string;
  /** True when the first argument is data and the second the options; false when the options come first (barrier). */
  readonly payload: boolean;
  /**
   * Checks the arguments (throws a TsmpiError before anything moves) and returns the program of the call. Everything
   * that the caller could change meanwhile, except the data itself, is copied before it returns.
   */
  readonly start: (exchange: CollectiveCall, data: unknown, options: CollectiveOptions) => Program<unknown>;
  /**
   * The short way: makes the whole call, blocking, or starts it and gives a promise of its result (`isAwaited`); or
   * gives `notDirect` before anything moved, for any call that is in any way unusual. The other ranks cannot tell which
   * way this one takes.
   */
  readonly direct?: (team: Team, data: unknown, options: unknown, isAwaited: boolean) => unknown;
}

/** What `direct` gives when the call is not for it. */
export const notDirect: unique symbol = Symbol('tsmpi.notDirect');

const noOptions: CollectiveOptions = Object.freeze({});

/**
 * Puts every definition on both prototypes: on `asynchronous` as a method that returns a promise (bad arguments
 * reject, they never throw), on `blocking` as one that returns the result itself.
 *
 * Instances of both prototypes must give their host under `collectiveHost`.
 */
export function installCollectives(
  definitions: readonly CollectiveDefinition[],
  targets: { readonly asynchronous: object; readonly blocking: object },
): void {
  for (const { name, start } of definitions) installed.set(name, start);
  for (const definition of definitions) {
    const { name } = definition;
    define(targets.asynchronous, name, function (first, second) {
      const host = this[collectiveHost];
      try {
        const result = directly(host, definition, first, second, true);
        if (result !== notDirect) return result;
      } catch (error) {
        return Promise.reject(fromCaller(error, null));
      }
      return generally(host, definition, first, second);
    });
    define(targets.blocking, name, function (first, second) {
      const host = this[collectiveHost];
      try {
        const result = directly(host, definition, first, second, false);
        if (result !== notDirect) return result;
      } catch (error) {
        throw fromCaller(error, null);
      }
      return generallyNow(host, definition, first, second);
    });
  }
}

// Apart from the methods: a closure makes every call of the function that it stands in allocate, needed or not.

/** Everything up to the first wait happens during the call; what throws there rejects. */
function generally(
  host: CollectiveHost,
  definition: CollectiveDefinition,
  first: unknown,
  second: unknown,
): Promise<unknown> {
  return host.runAsync(() => open(host, definition, [first, second]));
}

function generallyNow(
  host: CollectiveHost,
  definition: CollectiveDefinition,
  first: unknown,
  second: unknown,
): unknown {
  return host.runSync(() => open(host, definition, [first, second]));
}

/** Those that calls which are no collectives are made of. */
const installed = new Map<string, CollectiveDefinition['start']>();

/** The program of one call of a collective among the ranks of `call`. */
export function collective(
  name: string,
  call: CollectiveCall,
  data: unknown,
  options: CollectiveOptions = noOptions,
): Program<unknown> {
  const start = installed.get(name);
  if (start === undefined) throw new Error(`no collective ${name} is installed`);
  return start(call, data, options);
}

/** The numbers that each rank of the call gives, equally many, in rank order, on every rank. */
export function* everyonesNumbers(call: CollectiveCall, own: Float64Array): Program<Float64Array> {
  return (yield* collective('allgather', call, own)) as Float64Array;
}

type Method = (this: HasCollectiveHost, first?: unknown, second?: unknown) => unknown;

function directly(
  { free: team }: CollectiveHost,
  { direct, payload }: CollectiveDefinition,
  first: unknown,
  second: unknown,
  isAwaited: boolean,
): unknown {
  if (direct === undefined || team === null) return notDirect;
  return payload ? direct(team, first, second, isAwaited) : direct(team, undefined, first, isAwaited);
}

function open(host: CollectiveHost, definition: CollectiveDefinition, args: readonly unknown[]): OpenCall<unknown> {
  const exchange = host.exchange(definition.name);
  const options = (definition.payload ? args[1] : args[0]) ?? noOptions;
  if (typeof options !== 'object') {
    throw callError('ERR_ARGUMENT', `the options are a ${typeof options}, not an object`, {
      where: exchange.where,
      operation: definition.name,
      rank: host.rank,
      remedy: definition.payload ? 'pass the data first, then one object of options' : 'pass one object of options',
    });
  }
  const given = options as CollectiveOptions;
  const program = definition.start(exchange, definition.payload ? args[0] : undefined, given);
  return { program: inTurn(exchange, program), options: given };
}

/** A call's program, in its turn among those that meet in shared memory. */
export function inTurn<R>(call: CollectiveCall, program: Program<R>): Program<R> {
  const team = call.team ?? call.levels?.team;
  return team?.inTurn(call.operation, program) ?? program;
}

function define(target: object, name: string, method: Method): void {
  // As a class body would: writable and configurable, but not enumerable.
  Object.defineProperty(target, name, { value: method, writable: true, configurable: true, enumerable: false });
  Object.defineProperty(method, 'name', { value: name, configurable: true });
}
