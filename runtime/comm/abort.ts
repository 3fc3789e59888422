/** The end of the job, wanted by one of its ranks. */
import { callError } from './call-errors.ts';
import type { Engine } from './engine.ts';
import type { Group } from './group.ts';

/**
 * Tells everyone that the job is over, and throws ERR_ABORTED. Outside `tsmpirun` the program is the job: it says the
 * reason and exits.
 */
export function endJob(engine: Engine, group: Group, exitCode: number, reason: string): never {
  if (!Number.isInteger(exitCode) || exitCode < 0 || exitCode > 255) {
    const what = `exitCode is ${String(exitCode)}, exit codes go from 0 to 255`;
    throw group.refusal('ERR_ARGUMENT', 'abort', what, 'pass an integer of that range');
  }
  const { rank, jobId } = engine.context;
  if (jobId === null) {
    if (reason !== '') process.stderr.write(`${reason}\n`);
    process.exit(exitCode);
  }
  engine.segment.setAbort({ exitCode, reason, rank });
  engine.poll();
  const why = reason === '' ? '' : `: ${reason}`;
  throw callError('ERR_ABORTED', `this rank ended the job with exit code ${String(exitCode)}${why}`, {
    where: group.where('abort'),
    rank: group.rank,
    operation: 'abort',
  });
}
