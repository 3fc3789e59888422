/** What a rank cannot do as a process could says so, instead of failing in words about workers or doing nothing. */
import { constants } from 'node:os';
import { TsmpiError } from '../core/errors.ts';

/**
 * `process.chdir` throws ERR_UNSUPPORTED with the remedy. A listener for a signal is accepted, because libraries
 * install them by habit, and the first one prints a warning: it will never be called.
 */
export function installProcessLimits(where: string): void {
  process.chdir = () => {
    throw new TsmpiError('ERR_UNSUPPORTED', 'a rank shares its working directory with the other ranks of its sandbox', {
      where: `${where} process.chdir`,
      operation: 'process.chdir',
      remedy: 'start tsmpirun in that directory, or resolve paths with path.resolve',
    });
  };
  const warn = (event: string | symbol): void => {
    if (typeof event !== 'string' || !(event in constants.signals)) return;
    process.off('newListener', warn);
    process.emitWarning(`${where}: a listener for ${event} is never called in a rank; tsmpirun handles signals`, {
      type: 'TsmpiWarning',
    });
  };
  process.on('newListener', warn);
}
