/** How a sandbox takes part in the mesh, as its bootstrap says. */
import type { MeshOptions } from '../transport/mesh/options.ts';
import type { Bootstrap } from './bootstrap.ts';

/** `lends`: the sandbox's links are to be lent to its rank. */
export function meshOptions(
  { meshId, epoch, sandbox, sandboxes, meshSecret, meshListen, meshOwner, listener, links }: Bootstrap,
  lends: boolean,
  how: Pick<MeshOptions, 'signal' | 'log'>,
): MeshOptions {
  return {
    meshId,
    epoch,
    index: sandbox,
    sandboxes,
    secret: Buffer.from(meshSecret, 'hex'),
    listenPath: meshListen,
    ...(meshOwner === undefined ? {} : { owner: meshOwner }),
    // What is to be lent must have a descriptor, which uWebSockets.js does not show.
    listener: lends ? 'ws' : listener,
    links,
    ...how,
  };
}
