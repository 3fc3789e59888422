/**
 * `import … from 'tsmpi'`: what a rank uses.
 * @module tsmpi
 */
import { collectivesFor, neighborMethods } from '../collectives/index.ts';
import { CartesianCommunicator, Communicator } from './comm/communicator.ts';
import { installCollectives } from './comm/install.ts';
import { rankContext } from './comm/rank-context.ts';
import { BlockingCartesianCommunicator, BlockingCommunicator } from './comm/sync-communicator.ts';

installCollectives(collectivesFor(rankContext() ?? {}), {
  asynchronous: Communicator.prototype,
  blocking: BlockingCommunicator.prototype,
});

installCollectives(neighborMethods, {
  asynchronous: CartesianCommunicator.prototype,
  blocking: BlockingCartesianCommunicator.prototype,
});

export { ANY_SOURCE, ANY_TAG, PROC_NULL } from './comm/constants.ts';
export { CartesianCommunicator, Communicator, type Intercommunicator } from './comm/communicator.ts';
export { balancedDims } from './comm/balanced-dims.ts';
export { createOp } from './comm/op.ts';
export { strided } from './comm/strided.ts';
export { parent, self, world } from './comm/world.ts';
export * from './core/api.ts';
export type { Intercommunication, SideRoot } from './core/intercommunication.ts';
export { isTsmpiError, TsmpiError } from './core/errors.ts';
export type { TsmpiErrorCode, TsmpiErrorDetails } from './core/errors.ts';
