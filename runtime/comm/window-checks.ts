/** The arguments of calls on windows, checked before anything moves. */
import type { CallOptions, NumericArray } from '../core/api.ts';
import type { TsmpiErrorCode } from '../core/errors.ts';
import { combineOf, windowOps } from '../transport/window/window-ops.ts';
import { Checks, type Unchecked } from './checks.ts';
import { counted, show } from './show.ts';
import { elementConstructorOf, formatName, formatOf } from './element-type.ts';
import type { Group } from './group.ts';

/** Where an access goes. */
export interface Place {
  readonly target: number;
  readonly offset: number;
  readonly length: number;
  readonly waiting: CallOptions;
}

export class WindowChecks {
  readonly #group: Group;
  readonly #lengths: readonly number[];
  readonly #format: number;
  readonly #isDisposed: () => boolean;

  constructor(group: Group, lengths: readonly number[], format: number, isDisposed: () => boolean) {
    this.#group = group;
    this.#lengths = lengths;
    this.#format = format;
    this.#isDisposed = isDisposed;
  }

  open(operation: string): void {
    if (this.#isDisposed()) {
      throw this.#group.refusal('ERR_ARGUMENT', operation, 'the window was disposed', 'call before its end');
    }
  }

  /** A window ends outside of the locks that this rank holds. */
  unlocked(locked: ReadonlySet<number>): void {
    const [target] = locked;
    if (target === undefined) return;
    const what = `this rank holds the lock of rank ${String(target)}, or waits for it`;
    throw this.#group.refusal('ERR_ARGUMENT', 'dispose', what, 'dispose of the window when lock has returned');
  }

  of<T>(operation: string, options: unknown, check: (checks: Asked, given: Unchecked) => T): T {
    const checks = new Checks(this.#group, operation);
    this.open(operation);
    const given = checks.options(options, `${operation}(…, { target: 1 })`, true);
    return check(new Asked(this.#group, this.#lengths, this.#format, { operation, given, checks }), given);
  }

  /** The window has ended at the target. */
  ended(operation: string, target: number): Error {
    const what = `rank ${String(target)} has no such window any more`;
    return this.#group.refusal(
      'ERR_ARGUMENT',
      operation,
      what,
      'let every rank dispose of it behind all that is asked of it',
    );
  }
}

/** One call's. */
export class Asked {
  readonly #group: Group;
  readonly #lengths: readonly number[];
  readonly #format: number;
  readonly #call: { readonly operation: string; readonly given: Unchecked; readonly checks: Checks };

  constructor(
    group: Group,
    lengths: readonly number[],
    format: number,
    call: { readonly operation: string; readonly given: Unchecked; readonly checks: Checks },
  ) {
    this.#group = group;
    this.#lengths = lengths;
    this.#format = format;
    this.#call = call;
  }

  /** `length` elements from `offset` on, at `target`. */
  place(length: number): Place {
    const { given, checks } = this.#call;
    const waiting = checks.waiting(given, false);
    const { size } = this.#group;
    const { target, offset = 0 } = given;
    if (!isIndex(target) || target >= size) {
      const what = `target is ${show(target)}, the communicator has ${counted(size, 'rank')}`;
      throw this.#refusal('ERR_RANK', what, `pass 0 to ${String(size - 1)}`);
    }
    if (!isIndex(offset)) throw this.#refusal('ERR_COUNT', `offset is ${show(offset)}`, 'pass an integer of 0 or more');
    const there = this.#lengths[target] ?? 0;
    if (offset + length > there) {
      const what = `elements ${String(offset)} to ${String(offset + length)} of rank ${String(target)}, which exposes ${String(there)}`;
      throw this.#refusal('ERR_COUNT', what, 'pass a smaller offset, or fewer elements');
    }
    return { target, offset, length, waiting };
  }

  length(): number {
    const { length } = this.#call.given;
    if (!isIndex(length)) throw this.#refusal('ERR_COUNT', `length is ${show(length)}`, 'pass an integer of 0 or more');
    return length;
  }

  data(data: unknown): NumericArray {
    if (formatOf(data) === this.#format) return data as NumericArray;
    const what = `the data is ${show(data)}, the window has ${this.#typeName}s`;
    throw this.#refusal('ERR_TYPE', what, `pass a ${this.#typeName}`);
  }

  /** Single elements, in an array of the window's type. */
  elements(named: Readonly<Record<string, unknown>>): NumericArray {
    const Type = elementConstructorOf(this.#format);
    const array = new Type(Object.keys(named).length);
    const wanted = this.#typeName.startsWith('Big') ? 'bigint' : 'number';
    for (const [index, [name, value]] of Object.entries(named).entries()) {
      if (typeof value !== wanted) {
        throw this.#refusal(
          'ERR_TYPE',
          `${name} is ${show(value)}, the window has ${this.#typeName}s`,
          `pass a ${wanted}`,
        );
      }
      array[index] = value as number;
    }
    return array;
  }

  /** The code of the operation. */
  op(): number {
    const { op = 'sum' } = this.#call.given;
    const code = typeof op === 'string' ? windowOps.indexOf(op) : -1;
    if (code >= 0 && combineOf(code, this.#format) !== undefined) return code;
    const legal = windowOps.filter((_, each) => combineOf(each, this.#format) !== undefined).join(', ');
    throw this.#refusal('ERR_OP', `op is ${show(op)}, the window has ${this.#typeName}s`, `pass one of ${legal}`);
  }

  /** True: together with others. */
  lock(body: unknown, locked: ReadonlySet<number>): boolean {
    const { shared, target } = this.#call.given;
    if (locked.has(target as number)) {
      const what = `this rank holds the lock of rank ${show(target)} already, or waits for it`;
      throw this.#refusal('ERR_ARGUMENT', what, 'take it once, and do everything in one body');
    }
    if (typeof body !== 'function') {
      throw this.#refusal(
        'ERR_ARGUMENT',
        `the body is ${show(body)}`,
        'pass what is to be done under the lock, a function',
      );
    }
    if (shared === undefined || typeof shared === 'boolean') return shared ?? false;
    throw this.#refusal('ERR_ARGUMENT', `shared is ${show(shared)}`, 'pass true or false');
  }

  get #typeName(): string {
    return formatName(this.#format);
  }

  #refusal(code: TsmpiErrorCode, what: string, remedy: string): Error {
    return this.#group.refusal(code, this.#call.operation, what, remedy);
  }
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
