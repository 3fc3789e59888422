/** How both sides set up an HTTP/2 session, and how they see that the other is dead. */
import type { Http2Session, Settings } from 'node:http2';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  dataBytesMax,
  lookIntervalMs,
  pingIntervalMs,
  pingsMissedMax,
  sessionMemoryMiB,
  sessionStreamsMax,
  sessionWindowBytes,
  streamWindowBytes,
} from './limits.ts';

const settings: Settings = {
  enablePush: false,
  initialWindowSize: streamWindowBytes,
  maxConcurrentStreams: sessionStreamsMax,
  maxFrameSize: Math.min(dataBytesMax, 256 * 1024),
  maxHeaderListSize: 8 * 1024,
};

export const sessionOptions = {
  settings,
  maxSessionMemory: sessionMemoryMiB,
  maxSessionInvalidFrames: 10,
  maxSessionRejectedStreams: 100,
} as const;

/**
 * To be called once the session stands on `socket`. Ends it when the other side is silent, with `dead`, and when the
 * connection has been reset. Of that node may hear nothing: a session that is in the middle of a write does not read
 * (flow control), and when such a write fails TLS takes it for unfinished for ever.
 */
export function watchOver(session: Http2Session, socket: Duplex, dead: () => void): void {
  if (session.destroyed || socket.destroyed) return;
  session.setLocalWindowSize(sessionWindowBytes);
  let missed = 0;
  const end = (why: string): void => {
    session.destroy(new Error(why));
    // The session waits for its writes.
    socket.destroy(new Error(why));
  };
  const pinging = setInterval(() => {
    // Before it tells of its end.
    if (session.destroyed || session.closed) return;
    if (missed >= pingsMissedMax) {
      dead();
      end(`the other side was silent for ${String((pingIntervalMs * missed) / 1000)} s`);
      return;
    }
    missed += 1;
    session.ping((error) => {
      if (error === null) missed = 0;
    });
  }, pingIntervalMs);
  const looking = setInterval(() => {
    if (isReset(socket)) end('the connection was reset');
  }, lookIntervalMs);
  socket.once('close', () => {
    clearInterval(pinging);
    clearInterval(looking);
  });
}

/** Whether the kernel knows no peer of it any more. Asked below the socket, which remembers its first answer. */
function isReset(socket: Duplex): boolean {
  if (!(socket instanceof Socket) || socket.destroyed) return false;
  const { _handle: handle } = socket as unknown as { _handle?: { getpeername?: (into: object) => number } | null };
  return typeof handle?.getpeername === 'function' && handle.getpeername({}) !== 0;
}
