#!/usr/bin/env node
/**
 * The command `tsmpi`: what is not running a job, and `tsmpi run` for those who look for it here.
 */
import { isTsmpiError } from '../../runtime/core/errors.ts';
import { print, tsmpirun } from './main.ts';
import { nearest } from './nearest.ts';
import { RefusedError, refusalExitCode } from './refusal.ts';
import { packageVersion } from './version.ts';

const usage = [
  'Usage: tsmpi <command>',
  '',
  'Commands:',
  '  audit verify F   tell whether an audit log of connectors is unchanged',
  '  bench [names]    measure it, also against other MPIs; tsmpi bench --help',
  '  connector …      serve private datasets to jobs; tsmpi connector --help',
  '  doctor           tell what this machine has and lacks, and how to mend it',
  '  gateway …        where connectors dial in, for many jobs; tsmpi gateway --help',
  '  run [options] …  the same as tsmpirun; tsmpi run --help has its options',
  '  help, --help     print this',
  '  --version        print the version',
].join('\n');

async function tsmpi([command, ...words]: readonly string[]): Promise<number> {
  switch (command) {
    case 'run':
      return tsmpirun(words);
    case 'bench': {
      const { bench } = await import('./bench.ts');
      return bench(words);
    }
    case 'connector':
      return refusable(async () => (await import('./connector.ts')).connector(words));
    case 'gateway':
      return refusable(async () => (await import('./gateway.ts')).gateway(words));
    case 'audit':
      return refusable(async () => (await import('./audit.ts')).audit(words));
    case 'doctor': {
      if (words[0] !== undefined) return refused(`doctor ${words[0]}: doctor takes no arguments; write tsmpi doctor`);
      const { doctor } = await import('./doctor.ts');
      const lines: string[] = [];
      const exitCode = await doctor((line) => lines.push(line));
      await print(process.stdout, lines.join('\n'));
      return exitCode;
    }
    case 'help':
    case '--help':
    case '-h':
      await print(process.stdout, usage);
      return 0;
    case '--version':
    case '-V':
      await print(process.stdout, `tsmpi ${packageVersion()}`);
      return 0;
    case undefined:
      return refused('no command given; tsmpi doctor, tsmpi bench, tsmpi run or tsmpi --help');
    default: {
      const guess = nearest(command, [
        'audit',
        'bench',
        'connector',
        'doctor',
        'gateway',
        'run',
        'help',
        '--help',
        '--version',
      ]);
      const instead = guess === undefined ? 'tsmpi --help lists them' : `did you mean ${guess}?`;
      return refused(`${JSON.stringify(command)}: unknown command; ${instead}`);
    }
  }
}

/** One line for what cannot be honoured, and for what went wrong before anything ran. */
async function refusable(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof RefusedError) return refused(error.message);
    if (!isTsmpiError(error)) throw error;
    await print(process.stderr, `tsmpi: ${error.message}`);
    return error.code === 'ERR_ARGUMENT' ? refusalExitCode : 1;
  }
}

async function refused(line: string): Promise<number> {
  await print(process.stderr, `tsmpi: ${line}`);
  return refusalExitCode;
}

process.exit(await tsmpi(process.argv.slice(2)));
