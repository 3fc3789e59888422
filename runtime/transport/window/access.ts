/** What a rank asks of a part of a window, done to the memory: by the rank itself, or by the part's agent for it. */
import type { NumericArray } from '../../core/api.ts';
import { elementConstructorOf } from '../../core/element-constructors.ts';
import { combineOf } from './window-ops.ts';
import type { WindowPart } from './window-part.ts';

/** Codes on the wire. */
export const AccessKind = {
  put: 0,
  get: 1,
  accumulate: 2,
  fetch: 3,
  compareAndSwap: 4,
  lock: 5,
  share: 6,
  unlock: 7,
  unshare: 8,
} as const;
export type AccessKind = (typeof AccessKind)[keyof typeof AccessKind];

/** How it went. `taken`: others hold the lock. */
export const Outcome = { done: 0, taken: 1, noSuchPart: 2, refused: 3 } as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

export interface AccessRequest {
  readonly kind: AccessKind;
  /** Code of the operation, for `accumulate` and `fetch`. */
  readonly op: number;
  /** First element, and how many a `get` wants. */
  readonly offset: number;
  readonly length: number;
  /** Elements of the window's type, or, of a lock, the ranks that are dead. */
  readonly data: NumericArray | null;
  /** Rank of the communicator that asks. */
  readonly rank: number;
}

export interface AccessResult {
  readonly outcome: Outcome;
  readonly data: NumericArray | null;
}

const done: AccessResult = { outcome: Outcome.done, data: null };
const refused: AccessResult = { outcome: Outcome.refused, data: null };
const taken: AccessResult = { outcome: Outcome.taken, data: null };

/** Whoever asks is checked here too: an agent does it for ranks that it need not trust. */
export function access(part: WindowPart, request: AccessRequest): AccessResult {
  const { kind, rank } = request;
  if (rank >= part.plan.ranks) return refused;
  switch (kind) {
    case AccessKind.lock:
      return part.tryLock(rank, deadOf(request)) ? done : taken;
    case AccessKind.share:
      return part.tryShare(rank, deadOf(request)) ? done : taken;
    case AccessKind.unlock:
      part.unlock(rank);
      return done;
    case AccessKind.unshare:
      part.unshare(rank);
      return done;
    default:
      return move(part, request);
  }
}

function deadOf({ data }: AccessRequest): readonly number[] {
  return data === null ? [] : Array.from(data, Number);
}

function move({ plan, elements }: WindowPart, request: AccessRequest): AccessResult {
  const { kind, op, offset, data } = request;
  const length =
    kind === AccessKind.get ? request.length : kind === AccessKind.compareAndSwap ? 1 : (data?.length ?? 0);
  if (offset + length > plan.length) return refused;
  const Type = elementConstructorOf(plan.format);
  if (kind === AccessKind.get) {
    const target = new Type(length);
    elements.get(offset, target);
    return { outcome: Outcome.done, data: target };
  }
  if (data === null || data.constructor.name !== Type.name) return refused;
  if (kind === AccessKind.put) {
    elements.put(offset, data);
    return done;
  }
  const before = kind === AccessKind.accumulate ? null : new Type(length);
  if (kind === AccessKind.compareAndSwap && before !== null) {
    elements.compareAndSwap(offset, data[0] ?? 0, data[1] ?? 0, before);
    return { outcome: Outcome.done, data: before };
  }
  const combine = combineOf(op, plan.format);
  if (combine === undefined) return refused;
  elements.update(offset, data, combine, before);
  return { outcome: Outcome.done, data: before };
}
