/** How a connection begins: with a question, in time. */
import type { Socket } from 'node:net';
import { TsmpiError } from '../../runtime/core/errors.ts';
import type { FrameReader, StreamFrame } from './frames.ts';
import { handshakeTimeoutMs } from './limits.ts';

/** The first frame, and what has come behind it. The socket is paused then. Rejects with ERR_CONNECTOR. */
export function firstFrames(socket: Socket, reader: FrameReader): Promise<StreamFrame[]> {
  return new Promise((resolve, reject) => {
    const frames: StreamFrame[] = [];
    const settle = (error?: Error): void => {
      clearTimeout(late);
      socket.off('data', onData).off('end', onClose).off('close', onClose);
      if (error === undefined) resolve(frames);
      else reject(error);
    };
    const onData = (bytes: Buffer): void => {
      try {
        for (const frame of reader.read(bytes)) frames.push(frame);
      } catch (error) {
        settle(error as Error);
        return;
      }
      if (frames.length === 0) return;
      // Who takes over goes on from here.
      socket.pause();
      settle();
    };
    const onClose = (): void => settle(new TsmpiError('ERR_CONNECTOR', 'closed before it asked'));
    const late = setTimeout(() => settle(new TsmpiError('ERR_CONNECTOR', 'no question came')), handshakeTimeoutMs);
    socket.on('data', onData).on('end', onClose).on('close', onClose);
  });
}
