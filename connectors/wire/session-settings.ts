/** How both sides set up an HTTP/2 session, and how they see that the other is dead. */
import type { Http2Session, Settings } from 'node:http2';
import {
  dataBytesMax,
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

/** To be called once the session stands. Ends it when the other side is silent, with `dead`. */
export function watchOver(session: Http2Session, dead: () => void): void {
  if (session.destroyed) return;
  session.setLocalWindowSize(sessionWindowBytes);
  let missed = 0;
  const timer = setInterval(() => {
    // Before it tells of its end.
    if (session.destroyed || session.closed) return;
    if (missed >= pingsMissedMax) {
      dead();
      session.destroy(new Error(`the other side was silent for ${String((pingIntervalMs * missed) / 1000)} s`));
      return;
    }
    missed += 1;
    session.ping((error) => {
      if (error === null) missed = 0;
    });
  }, pingIntervalMs);
  session.once('close', () => clearInterval(timer));
}
