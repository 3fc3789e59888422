/** Words of errors that pass from one side to the other. */
import { TsmpiError } from '../../runtime/core/errors.ts';

/** A message without the code in front: it gets one again. */
export function withoutCode(message: string): string {
  return message.replace(/^\[ERR_[A-Z_]+\] /u, '');
}

/** What comes behind the code and the place in front, for an error that says the place itself. */
export function withoutFront(message: string, where: string): string {
  const words = withoutCode(message);
  return words.startsWith(`${where}: `) ? words.slice(where.length + 2) : words;
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
