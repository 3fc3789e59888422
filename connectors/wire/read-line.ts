/** One line of a socket: what is said before a protocol begins. */
import type { Duplex } from 'node:stream';
import { TsmpiError } from '../../runtime/core/errors.ts';
import { documentBytesMax } from './limits.ts';

/** Rejects with ERR_CONNECTOR where none comes in time, or it is too long. */
export function readLine(socket: Duplex, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const settle = (result: string | TsmpiError): void => {
      clearTimeout(timer);
      socket.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onError);
      if (typeof result === 'string') resolve(result);
      else reject(result);
    };
    const fail = (why: string): void => settle(new TsmpiError('ERR_CONNECTOR', why));
    const onData = (bytes: Buffer): void => {
      text += bytes.toString('utf8');
      const end = text.indexOf('\n');
      if (end >= 0) settle(text.slice(0, end));
      else if (text.length > 4 * documentBytesMax) fail('a line without an end');
    };
    const onEnd = (): void => fail('the other side closed');
    const onError = (error: Error): void => fail(error.message);
    const timer = setTimeout(() => fail(`nothing came in ${String(timeoutMs / 1000)} s`), timeoutMs);
    socket.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onError);
  });
}
