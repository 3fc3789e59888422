/** What a mesh may be asked to be. */
import { TsmpiError } from '../../core/errors.ts';
import { unixPathBytesMax } from '../../core/limits.ts';
import type { SandboxRanks } from '../sandbox-ranks.ts';
import { isMeshId } from './handshake.ts';
import type { MeshOptions } from './options.ts';

/** Refuses options that no job can have, and returns this sandbox's own line. */
export function checkOptions({ meshId, index, sandboxes, secret, listenPath }: MeshOptions): SandboxRanks {
  const own = sandboxes.find((sandbox) => sandbox.index === index);
  const pathBytes = Buffer.byteLength(listenPath);
  let wrong: string | null = null;
  if (own === undefined) wrong = `sandbox ${String(index)} is not among the ${String(sandboxes.length)} of the job`;
  else if (!isMeshId(meshId)) wrong = `mesh identifier ${JSON.stringify(meshId)} is not 1 to 128 of A-Z a-z 0-9 . _ -`;
  else if (secret.byteLength !== 32) wrong = `mesh key of ${String(secret.byteLength)} bytes, not 32`;
  else if (pathBytes > unixPathBytesMax) {
    wrong = `socket path of ${String(pathBytes)} bytes, at most ${String(unixPathBytesMax)}: ${listenPath}`;
  }
  if (wrong !== null || own === undefined) throw new TsmpiError('ERR_ARGUMENT', wrong ?? '', { where: 'mesh' });
  return own;
}
