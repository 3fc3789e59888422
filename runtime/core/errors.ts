/**
 * The one error type of tsmpi, and its closed set of codes.
 *
 * Messages read `[CODE] where: what happened, with both numbers; remedy`.
 * @example
 * const retried: readonly TsmpiErrorCode[] = ['ERR_TIMEOUT', 'ERR_CANCELLED'];
 */
export type TsmpiErrorCode =
  | 'ERR_RANK'
  | 'ERR_TAG'
  | 'ERR_COUNT'
  | 'ERR_TYPE'
  | 'ERR_OP'
  | 'ERR_ROOT'
  | 'ERR_ARGUMENT'
  | 'ERR_TRUNCATE'
  | 'ERR_MISMATCH'
  | 'ERR_DEADLOCK'
  | 'ERR_CANCELLED'
  | 'ERR_TIMEOUT'
  | 'ERR_ABORTED'
  | 'ERR_RANK_FAILED'
  | 'ERR_REVOKED'
  | 'ERR_CONNECTOR'
  | 'ERR_DENIED'
  | 'ERR_LAUNCH'
  | 'ERR_PROTOCOL'
  | 'ERR_UNSUPPORTED';

/**
 * What a `TsmpiError` can say beyond its code and its sentence.
 * @example
 * const details: TsmpiErrorDetails = { where: 'my solver', remedy: 'use smaller steps' };
 * throw new TsmpiError('ERR_ARGUMENT', 'the step is 0', details);
 */
export interface TsmpiErrorDetails {
  /** What to do instead; appended to the message after a semicolon. */
  readonly remedy?: string | undefined;
  /** Where it happened, for example `rank 3 recv(source 1, tag 7) on world`; put in front of the message. */
  readonly where?: string | undefined;
  /** The rank that the error happened on. */
  readonly rank?: number | undefined;
  /** The call, for example `recv`. */
  readonly operation?: string | undefined;
  /** With ERR_RANK_FAILED: the ranks that are gone. */
  readonly failed?: readonly number[] | undefined;
  readonly cause?: unknown;
}

/** `instanceof` fails across realms and copies of a package; this mark does not. */
const brand = Symbol.for('tsmpi.error');

/**
 * Every rejection and every throw of tsmpi. `code` says which kind, `remedy` what to do instead.
 * @example
 * try {
 *   await world.recv({ source: 0, timeoutMs: 1000 });
 * } catch (error) {
 *   if (!(error instanceof TsmpiError) || error.code !== 'ERR_TIMEOUT') throw error;
 * }
 */
export class TsmpiError extends Error {
  readonly code: TsmpiErrorCode;
  readonly remedy?: string;
  readonly rank?: number;
  readonly operation?: string;
  /** With ERR_RANK_FAILED: the ranks that are gone. */
  readonly failed?: readonly number[];

  constructor(code: TsmpiErrorCode, what: string, details: TsmpiErrorDetails = {}) {
    const { remedy, where, rank, operation, failed, cause } = details;
    const place = where === undefined ? '' : `${where}: `;
    const advice = remedy === undefined ? '' : `; ${remedy}`;
    super(`[${code}] ${place}${what}${advice}`, cause === undefined ? undefined : { cause });
    this.code = code;
    if (remedy !== undefined) this.remedy = remedy;
    if (rank !== undefined) this.rank = rank;
    if (operation !== undefined) this.operation = operation;
    if (failed !== undefined) this.failed = failed;
    Object.defineProperty(this, brand, { value: true });
  }

  static {
    // On the prototype, so that it does not show among the own properties that util.inspect prints.
    Object.defineProperty(TsmpiError.prototype, 'name', { value: 'TsmpiError', configurable: true, writable: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isTsmpiError(value);
  }
}

/**
 * True for a TsmpiError of any realm or copy of the package.
 * @example
 * await world.barrier().catch((error: unknown) => {
 *   if (isTsmpiError(error)) console.log(error.code, error.remedy);
 * });
 */
export function isTsmpiError(value: unknown): value is TsmpiError {
  return typeof value === 'object' && value !== null && brand in value;
}
