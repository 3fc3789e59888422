/**
 * `tsmpirun --help`, made from the table of options.
 */
import { options } from './options.ts';

/** Width of the column of options. */
const optionColumns = 27;

const examples = [
  ['tsmpirun -n 4 job.ts', 'four ranks of job.ts'],
  ['tsmpirun -n 32 flights.ts --top 10', 'what follows it is its own'],
  ['tsmpirun -n 8 solve.ts : -n 2 watch.ts', 'two programs, one world'],
  ['tsmpirun -n 4 --env DB_USER --timeout 5m job.ts', 'a variable; at most 5 minutes'],
  ['tsmpirun -n 4 --mount ~/data:/data:rw job.ts', 'a folder to write in'],
  ['tsmpirun -n 2 --stdin 0 job.ts < input.txt', 'rank 0 reads the input'],
  ['tsmpirun -n 4 --json job.ts | jq .', 'for programs'],
] as const;

/** The whole help, without a newline at the end. */
export function helpText(): string {
  const width = Math.max(...examples.map(([command]) => command.length)) + 2;
  return [
    'Usage: tsmpirun [options] job.ts [arguments …]',
    '       tsmpirun [options] a.ts [arguments …] : [-n N] b.ts [arguments …]',
    '',
    'Runs job.ts as N ranks of one MPI world, each in a sandbox of its own.',
    'Options stand before the program; everything after it is passed on to it.',
    '',
    'Options:',
    ...options.flatMap(({ name, short, value, help }) => {
      const dashes = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
      const [first = '', ...more] = help;
      const head = `  ${dashes}`;
      const lines = head.length < optionColumns ? [head.padEnd(optionColumns) + first] : [head, indented(first)];
      return [...lines, ...more.map(indented)];
    }),
    '',
    'Examples:',
    ...examples.map(([command, what]) => `  ${command.padEnd(width)}${what}`),
    '',
    'Exit code: 0 when all ranks return; the code of process.exit(k) or of',
    'comm.abort(k); 1 after a throw; 124 after --timeout; 130 after Ctrl-C;',
    '128 + signal; 2 when the command line or the program is at fault and nothing',
    'was started.',
    '',
    'tsmpi doctor tells what this machine has and lacks.',
  ].join('\n');
}

function indented(text: string): string {
  return ' '.repeat(optionColumns) + text;
}
