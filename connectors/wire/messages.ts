/** Words of errors that pass from one side to the other. */
import { TsmpiError } from '../../runtime/core/errors.ts';

/** A message without the code in front: it gets one again. */
export function withoutCode(message: string): string {
  return message.replace(/^\[ERR_[A-Z_]+\] /u, '');
}

/** A stream has ended before its end. */
export function cutError(
  resource: string,
  why: string,
  { bytesReceived, bytesSent }: { readonly bytesReceived: number; readonly bytesSent: number },
): TsmpiError {
  const far = `after ${String(bytesReceived)} bytes received and ${String(bytesSent)} sent`;
  return new TsmpiError('ERR_CONNECTOR', `${why} ${far}`, { where: resource });
}
