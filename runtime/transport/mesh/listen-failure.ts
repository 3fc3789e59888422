import { TsmpiError } from '../../core/errors.ts';

/** A mesh socket that could not be bound. */
export function listenFailure(path: string, cause: unknown): TsmpiError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new TsmpiError('ERR_LAUNCH', `cannot listen on ${path}${why}`, {
    where: 'mesh',
    remedy: "the directory must exist, be writable and hold no socket of that name; it is the job's own",
    cause,
  });
}
