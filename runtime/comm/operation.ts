/** What is outstanding at a rank: sends and receives, each a small state machine that the engine moves. */
import type { TsmpiError, TsmpiErrorCode } from '../core/errors.ts';
import type { Bytes } from './bytes.ts';
import { callError } from './call-errors.ts';
import { ANY_SOURCE, ANY_TAG } from './constants.ts';
import type { Group } from './group.ts';
import type { Posted } from './matching.ts';
import type { Message } from './message.ts';
import type { Operation } from './program.ts';

/** A call that steps belong to. Its name is put together when somebody asks: for an error. */
export interface Named {
  readonly where: string;
}

/** Told once when what it waits for is done. It must not run user code: the engine may be in the middle of a queue. */
export interface Waiter {
  operationDone(): void;
}

/** What both kinds of operation, and programs, have in common. */
export abstract class Outstanding implements Operation {
  readonly group: Group;
  done = false;
  error: Error | undefined = undefined;
  bytes = 0;
  waiter: Waiter | null = null;

  constructor(group: Group) {
    this.group = group;
  }

  /** The call, as the user wrote it: `recv`, `allreduce`. */
  abstract readonly operation: string;
  /** The front of its error messages. */
  abstract get where(): string;

  /** Ends it, well or with an error; only the first time counts. */
  complete(error?: Error): void {
    if (this.done) return;
    this.done = true;
    this.error = error;
    const { waiter } = this;
    this.waiter = null;
    waiter?.operationDone();
  }

  /** An error that happened here. */
  failure(code: TsmpiErrorCode, what: string, remedy: string, failed?: readonly number[], cause?: unknown): TsmpiError {
    const { where, operation } = this;
    return callError(code, what, { remedy, where, operation, rank: this.group.ownRank, failed, cause });
  }
}

/** Apart, so that the compiler does not take an earlier look for the last word. */
export function isDone(operation: Outstanding): boolean {
  return operation.done;
}

/** Where a send stands. `queued`: its first record waits for space in the ring; `shown`: it is read where it lies. */
export type SendState = 'new' | 'queued' | 'announced' | 'shown' | 'unmatched' | 'over';

export class SendOperation extends Outstanding {
  readonly operation: string;
  readonly context: number;
  /** World rank. */
  readonly destination: number;
  readonly tag: number;
  readonly format: number;
  readonly data: Bytes;
  readonly synchronous: boolean;
  /** True when a signal or deadline may end it before it is complete. */
  readonly cancellable: boolean;
  /** True when nothing but its end ends it: its receiver may read `data` where it lies. */
  readonly mayShow: boolean;
  /** Where in the segment its receiver reads it; 0: nowhere. True: that is a copy, and `data` may change. */
  place = 0;
  isStaged = false;
  /** A collective's step names the collective in error messages. */
  readonly #call: Named | null;
  state: SendState = 'new';
  sequence = 0;
  /** Its bytes go with its envelope. */
  eager = false;
  /** Of an announced message: bytes that were asked for or go unasked, and bytes that are on their way. */
  pulled = -1;
  sent = 0;
  /** Credit that it took, given back if its record is never written. */
  cost = 0;

  constructor(group: Group, fields: SendFields) {
    super(group);
    this.operation = fields.operation;
    this.context = fields.context;
    this.destination = fields.destination;
    this.tag = fields.tag;
    this.format = fields.format;
    this.data = fields.data;
    this.synchronous = fields.synchronous;
    this.cancellable = fields.cancellable;
    this.mayShow = fields.mayShow ?? false;
    this.#call = fields.call ?? null;
  }

  get where(): string {
    const dest = String(this.group.rankOf(this.destination));
    return this.#call?.where ?? this.group.where(`${this.operation}(dest ${dest}, tag ${String(this.tag)})`);
  }
}

export interface SendFields {
  readonly operation: string;
  readonly context: number;
  readonly destination: number;
  readonly tag: number;
  readonly format: number;
  readonly data: Bytes;
  readonly synchronous: boolean;
  readonly cancellable: boolean;
  readonly mayShow?: boolean;
  readonly call?: Named;
}

/** A message on the receiving side. */
export type Incoming = Message<ReceiveOperation>;

/** Why a receive cannot take a message. */
export interface Refusal {
  readonly code: 'ERR_TRUNCATE' | 'ERR_TYPE';
  readonly what: string;
  readonly remedy: string;
}

/** What a receive waits for. */
export interface ReceiveFields {
  readonly operation: string;
  readonly context: number;
  /** World rank or ANY_SOURCE. */
  readonly source: number;
  /** Or ANY_TAG. */
  readonly tag: number;
  readonly call?: Named;
}

/** A receive: its subclasses say which messages they can take and where the bytes go. */
export abstract class ReceiveOperation extends Outstanding implements Posted {
  readonly operation: string;
  readonly context: number;
  readonly source: number;
  readonly tag: number;
  readonly #call: Named | null;
  order = 0;
  previous: Posted | null = null;
  next: Posted | null = null;
  chain: Posted['chain'] = null;
  /** The message that was matched with it. */
  message: Incoming | null = null;
  /** True when `message` was fixed beforehand, by a probe: there is no other one that it could take. */
  fixed = false;

  constructor(group: Group, fields: ReceiveFields) {
    super(group);
    this.operation = fields.operation;
    this.context = fields.context;
    this.source = fields.source;
    this.tag = fields.tag;
    this.#call = fields.call ?? null;
  }

  get where(): string {
    if (this.#call !== null) return this.#call.where;
    const source = this.source === ANY_SOURCE ? 'any source' : `source ${String(this.group.rankOf(this.source))}`;
    const tag = this.tag === ANY_TAG ? 'any tag' : `tag ${String(this.tag)}`;
    return this.group.where(`${this.operation}(${source}, ${tag})`);
  }

  /** Probes take the message itself and leave its bytes where they are. */
  get probes(): boolean {
    return false;
  }

  /** Why it cannot take a message of this length and format; null when it can. */
  abstract refuse(bytes: number, format: number): Refusal | null;
  /** The memory that the message's bytes go to. */
  abstract open(bytes: number, format: number): Bytes;
  /** True when `payload`, which nobody else holds, may serve as that memory. */
  adopt(_payload: Bytes): boolean {
    return false;
  }
}
