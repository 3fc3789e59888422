/**
 * The point-to-point calls, up to the moment of waiting: arguments checked, operation started. The communicator waits
 * for it as a promise, its blocking twin with the thread.
 */
import type { CallOptions, Message } from '../core/api.ts';
import { Checks } from './checks.ts';
import { ANY_TAG, PROC_NULL } from './constants.ts';
import type { Engine } from './engine.ts';
import type { Group } from './group.ts';
import {
  type Incoming,
  type Outstanding,
  type ReceiveFields,
  type ReceiveOperation,
  SendOperation,
} from './operation.ts';
import type { Program } from './program.ts';
import { ProgramRun } from './program-run.ts';
import { Probe, UserReceive } from './receives.ts';
import { encode } from './values.ts';
import { cancelledError, type Started } from './waits.ts';

/** A message that a probe has found, not yet dressed for either form of the API. */
export type Probed = Incoming | null;

const sendExample = 'send(data, { dest: 1, tag: 7 })';
const sendrecvExample = 'sendrecv(data, { dest: 1, source: 3 })';

export class PointToPoint {
  readonly engine: Engine;
  readonly group: Group;
  /** True for the blocking twin. */
  readonly #blocking: boolean;

  constructor(engine: Engine, group: Group, blocking: boolean) {
    this.engine = engine;
    this.group = group;
    this.#blocking = blocking;
  }

  send(data: unknown, unchecked: unknown): Started<void> {
    const checks = new Checks(this.group, 'send');
    const given = checks.options(unchecked, sendExample, true);
    const dest = checks.dest(given['dest']);
    const tag = checks.tag('tag', given['tag']);
    const synchronous = checks.synchronous(given['synchronous']);
    const options = checks.waiting(given, this.#blocking);
    if (dest === PROC_NULL) return nothing(undefined, options);
    const operation = this.#sendOperation('send', data, { dest, tag, synchronous, options });
    this.#start(operation, options);
    return { operation, options, result: () => undefined };
  }

  recv<T>(unchecked: unknown): Started<Message<T>> {
    const checks = new Checks(this.group, 'recv');
    const given = checks.options(unchecked, 'recv({ source: 1, tag: 7 })', false);
    const source = checks.source(given['source']);
    const tag = checks.tagOrAny('tag', given['tag']);
    const into = checks.into(given['into']);
    const options = checks.waiting(given, this.#blocking);
    if (source === PROC_NULL) return nothing(emptyMessage<T>(), options);
    const operation = new UserReceive(this.group, this.#from('recv', source, tag), into);
    this.#start(operation, options);
    return { operation, options, result: () => operation.result<T>() };
  }

  /** Both at once, as one call: either failing ends the other. */
  sendrecv<T>(data: unknown, unchecked: unknown): Started<Message<T>> {
    const name = 'sendrecv';
    const checks = new Checks(this.group, name);
    const given = checks.options(unchecked, sendrecvExample, true);
    const dest = checks.dest(given['dest']);
    const source = checks.source(given['source']);
    const sendTag = checks.tag('sendTag', given['sendTag']);
    const recvTag = checks.tagOrAny('recvTag', given['recvTag']);
    const into = checks.into(given['into']);
    const options = checks.waiting(given, this.#blocking);
    const receive = source === PROC_NULL ? null : new UserReceive(this.group, this.#from(name, source, recvTag), into);
    const send =
      dest === PROC_NULL ? null : this.#sendOperation(name, data, { dest, tag: sendTag, synchronous: false, options });
    const names = { operation: name, where: (receive ?? send)?.where ?? this.group.where(name) };
    const run = new ProgramRun(this.engine, both(this.engine, receive, send), this.group, names);
    this.#refuseAborted(run, options);
    if (!run.done) this.engine.run(run);
    return { operation: run, options, result: () => receive?.result<T>() ?? emptyMessage<T>() };
  }

  probe(unchecked: unknown): Started<Probed> {
    const { source, tag, options } = this.#probeArguments('probe', unchecked);
    if (source === PROC_NULL) return nothing(null, options);
    const operation = new Probe(this.group, this.#from('probe', source, tag));
    this.#start(operation, options);
    return { operation, options, result: () => operation.message };
  }

  /** Undefined: no message is here. Null: the message of PROC_NULL. */
  tryProbe(unchecked: unknown): Started<Probed | undefined> {
    const { source, tag, options } = this.#probeArguments('tryProbe', unchecked);
    if (source === PROC_NULL) return nothing(null, options);
    const fields = this.#from('tryProbe', source, tag);
    return nothing(this.engine.claim(fields.context, fields.source, tag) ?? undefined, options);
  }

  /** Receives a message that was probed. */
  recvProbed<T>(message: Incoming, unchecked: unknown): Started<Message<T>> {
    const checks = new Checks(this.group, 'recv');
    const given = checks.options(unchecked, 'recv({ into: array })', false);
    const into = checks.into(given['into']);
    const options = checks.waiting(given, this.#blocking);
    const fields = this.#from('recv', this.group.rankOf(message.source), message.tag);
    const operation = new UserReceive(this.group, fields, into);
    this.#refuseAborted(operation, options);
    if (!operation.done) this.engine.startFixed(operation, message);
    return { operation, options, result: () => operation.result<T>() };
  }

  #probeArguments(name: string, unchecked: unknown): { source: number; tag: number; options: CallOptions } {
    const checks = new Checks(this.group, name);
    const given = checks.options(unchecked, `${name}({ source: 1, tag: 7 })`, false);
    const source = checks.source(given['source']);
    const tag = checks.tagOrAny('tag', given['tag']);
    return { source, tag, options: checks.waiting(given, this.#blocking) };
  }

  #sendOperation(
    operation: string,
    data: unknown,
    to: { dest: number; tag: number; synchronous: boolean; options: CallOptions },
  ): SendOperation {
    const { format, bytes } = encode(this.group, operation, data);
    const cancellable = to.options.signal !== undefined || to.options.timeoutMs !== undefined;
    return new SendOperation(this.group, {
      operation,
      context: this.group.context,
      destination: this.group.worldOf(to.dest),
      tag: to.tag,
      format,
      data: bytes,
      synchronous: to.synchronous,
      cancellable,
      // `sendrecv` ends its send when its receive fails.
      mayShow: operation === 'send' && !cancellable,
    });
  }

  #from(operation: string, source: number, tag: number): ReceiveFields {
    const world = source < 0 ? source : this.group.worldOf(source);
    return { operation, context: this.group.context, source: world, tag };
  }

  #start(operation: SendOperation | ReceiveOperation, options: CallOptions): void {
    this.#refuseAborted(operation, options);
    if (!operation.done) this.engine.start(operation);
  }

  #refuseAborted(operation: Outstanding, options: CallOptions): void {
    if (options.signal?.aborted === true) operation.complete(cancelledError(operation, options.signal));
  }
}

/** What a receive from PROC_NULL gives. */
export function emptyMessage<T>(): Message<T> {
  return { source: PROC_NULL, tag: ANY_TAG, bytes: 0, data: undefined as T };
}

function nothing<R>(value: R, options: CallOptions): Started<R> {
  return { operation: null, options, result: () => value };
}

function* both(engine: Engine, receive: UserReceive | null, send: SendOperation | null): Program<void> {
  const operations = [receive, send].filter((operation) => operation !== null);
  for (const operation of operations) {
    engine.start(operation);
    engine.own(operation);
  }
  yield operations;
}
