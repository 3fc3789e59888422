/**
 * The arguments of point-to-point calls, checked before anything moves. Every refusal names both numbers and the way
 * out.
 */
import type { CallOptions } from '../core/api.ts';
import { tagMax } from '../core/limits.ts';
import { ANY_SOURCE, ANY_TAG, PROC_NULL } from './constants.ts';
import { isNumericArray } from './element-type.ts';
import type { Group } from './group.ts';
import type { Into } from './receives.ts';
import { counted, show } from './show.ts';
import { isStrided } from './strided.ts';

/** The options of a call, known to be an object and nothing more. */
export type Unchecked = Readonly<Record<string, unknown>>;

/** One call's checks: they say which rank, call and communicator refuses. */
export class Checks {
  readonly #group: Group;
  readonly #operation: string;

  /** `revokedToo`: also where the communicator is revoked. */
  constructor(group: Group, operation: string, revokedToo = false) {
    if (!revokedToo || group.closed?.code !== 'ERR_REVOKED') group.checkOpen(operation);
    this.#group = group;
    this.#operation = operation;
  }

  /** The options object; `example` shows how the call is meant. */
  options(options: unknown, example: string, required: boolean): Unchecked {
    if (options === undefined && !required) return {};
    if (typeof options !== 'object' || options === null) {
      throw this.#argument(`the options are ${show(options)}`, `write ${example}`);
    }
    return options as Unchecked;
  }

  dest(dest: unknown): number {
    if (dest === undefined) throw this.#argument('there is no dest', 'say where to: { dest: 1 }');
    return this.#rank('dest', dest, dest === PROC_NULL);
  }

  source(source: unknown): number {
    return source === undefined
      ? ANY_SOURCE
      : this.#rank('source', source, source === ANY_SOURCE || source === PROC_NULL);
  }

  /** A tag of something that is sent. */
  tag(name: string, tag: unknown): number {
    return tag === undefined ? 0 : this.#tag(name, tag, false);
  }

  /** A tag of something that is received. */
  tagOrAny(name: string, tag: unknown): number {
    return tag === undefined ? ANY_TAG : this.#tag(name, tag, tag === ANY_TAG);
  }

  into(into: unknown): Into {
    if (into === undefined || isNumericArray(into) || isStrided(into)) return into;
    throw this.#group.refusal(
      'ERR_TYPE',
      this.#operation,
      `into is ${show(into)}`,
      'pass a numeric array or a strided view',
    );
  }

  synchronous(synchronous: unknown): boolean {
    if (synchronous === undefined || typeof synchronous === 'boolean') return synchronous ?? false;
    throw this.#argument(`synchronous is ${show(synchronous)}`, 'pass true or false');
  }

  /** `signal` and `timeoutMs`; a blocking call takes no signal. */
  waiting(options: Unchecked, blocking: boolean): CallOptions {
    const { signal, timeoutMs } = options;
    if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0)) {
      throw this.#argument(`timeoutMs is ${show(timeoutMs)}`, 'pass milliseconds, 0 or more');
    }
    if (signal === undefined) return { timeoutMs };
    if (blocking) {
      const what = 'a signal was passed, which a blocked thread cannot see';
      throw this.#argument(what, 'pass timeoutMs, or use the awaited call');
    }
    if (!(signal instanceof AbortSignal)) throw this.#argument(`signal is ${show(signal)}`, 'pass an AbortSignal');
    return { signal, timeoutMs };
  }

  #rank(name: string, value: unknown, special: boolean): number {
    const { size } = this.#group;
    if (special || (Number.isInteger(value) && (value as number) >= 0 && (value as number) < size)) {
      return value as number;
    }
    const there = this.#group.whole === null ? 'the communicator' : 'the other side';
    const what = `${name} is ${show(value)}, ${there} has ${counted(size, 'rank')}`;
    const also = name === 'source' ? 'ANY_SOURCE or PROC_NULL' : 'PROC_NULL';
    throw this.#group.refusal('ERR_RANK', this.#operation, what, `pass 0 to ${String(size - 1)}, ${also}`);
  }

  #tag(name: string, value: unknown, special: boolean): number {
    if (special || (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= tagMax)) {
      return value as number;
    }
    const also = name === 'sendTag' || this.#operation === 'send' ? '' : ', or ANY_TAG';
    const what = `${name} is ${show(value)}, tags go from 0 to ${String(tagMax)}`;
    throw this.#group.refusal('ERR_TAG', this.#operation, what, `pass an integer of that range${also}`);
  }

  #argument(what: string, remedy: string): Error {
    return this.#group.refusal('ERR_ARGUMENT', this.#operation, what, remedy);
  }
}
