/** Sockets that do not look as if they had ended well. */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * The same connection, which after an error is reset: who saw an end could take the half of what was sent for the
 * whole. A unix socket knows no reset: its other side sees an end.
 */
export function resetting<S extends Duplex>(connection: S): S {
  if (!(connection instanceof Socket)) return connection;
  const socket: Socket = connection;
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error?: Error) => {
    if (error === undefined || socket.destroyed || socket.remoteAddress === undefined) return destroy(error);
    socket.resetAndDestroy();
    return socket;
  };
  return connection;
}
