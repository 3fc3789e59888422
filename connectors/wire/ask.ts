/** A question at a unix socket, and its answer; the connection goes on behind it. */
import { connect, type Socket } from 'node:net';
import { TsmpiError, type TsmpiErrorCode } from '../../runtime/core/errors.ts';
import { documentFrame, documentOf, FrameKind, FrameReader, type StreamFrame } from './frames.ts';
import { withoutFront } from './messages.ts';

export interface Answered {
  /** Paused. */
  readonly socket: Socket;
  readonly answer: Readonly<Record<string, unknown>>;
  readonly reader: FrameReader;
  /** What has come behind the answer. */
  readonly more: readonly StreamFrame[];
}

export interface AskOptions {
  /** In front of errors. */
  readonly where: string;
  /** What to do where nobody is there. */
  readonly remedy?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Rejects with ERR_DENIED or ERR_CONNECTOR as the answer says, with ERR_CONNECTOR where none comes, and with
 * ERR_CANCELLED when the signal aborts.
 */
export function ask(path: string, question: object, { where, remedy, signal }: AskOptions): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true });
    const reader = new FrameReader();
    const settle = (): void => {
      signal?.removeEventListener('abort', onAbort);
      socket.off('data', onData).off('error', onError).off('end', onClose).off('close', onClose);
    };
    const fail = (error: Error): void => {
      settle();
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error);
    };
    const lost = (why: string): void => fail(new TsmpiError('ERR_CONNECTOR', why, { where, remedy }));
    const onError = (error: NodeJS.ErrnoException): void => {
      lost(`the gateway cannot be reached (${error.code ?? error.message})`);
    };
    const onClose = (): void => lost('the gateway closed before it answered');
    const onAbort = (): void => {
      fail(new TsmpiError('ERR_CANCELLED', 'cancelled by its signal', { where, cause: signal?.reason as unknown }));
    };
    const onData = (bytes: Buffer): void => {
      try {
        const [first, ...more] = reader.read(bytes);
        if (first === undefined) return;
        const answer = answerOf(first, where);
        settle();
        socket.pause();
        resolve({ socket, answer, reader, more });
      } catch (error) {
        fail(error as Error);
      }
    };
    // Half-open as it is, it does not close by itself when the gateway goes.
    socket.on('data', onData).on('error', onError).on('end', onClose).on('close', onClose);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    else socket.write(documentFrame(FrameKind.ask, question));
  });
}

function answerOf(frame: StreamFrame, where: string): Readonly<Record<string, unknown>> {
  if (frame.kind !== FrameKind.answer) throw new TsmpiError('ERR_PROTOCOL', 'no answer came', { where });
  const answer = documentOf(frame);
  const { code, reason } = answer;
  if (code === null) return answer;
  const known: TsmpiErrorCode = code === 'ERR_DENIED' ? 'ERR_DENIED' : 'ERR_CONNECTOR';
  throw new TsmpiError(known, withoutFront(String(reason), where), { where });
}
