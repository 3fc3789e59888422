/** The error of a receive whose message will never come. */
import type { Incoming, ReceiveOperation } from './operation.ts';

export function lostError(operation: ReceiveOperation, message: Incoming): Error {
  const bytes = String(message.bytes);
  const { group } = operation;
  const rank = group.nameOf(message.source);
  if (message.lost === 'withdrawn') {
    const what = `${rank} cancelled its message of ${bytes} bytes before it was received`;
    return operation.failure('ERR_CANCELLED', what, 'receive without probing first, or have the sender wait');
  }
  const end = message.lost === 'failed' ? 'failed' : 'returned';
  const what = `${rank} has ${end} after ${String(message.received)} of ${bytes} bytes`;
  return operation.failure('ERR_RANK_FAILED', what, 'await every send before a rank ends', [
    group.numberOf(message.source),
  ]);
}
