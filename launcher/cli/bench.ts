/**
 * `tsmpi bench`: the measurements, by themselves and against other MPIs.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type BenchListener, runBench } from '../bench/bench.ts';
import { csvText } from '../bench/csv.ts';
import { htmlText } from '../bench/html.ts';
import { markdownText } from '../bench/markdown.ts';
import { measurements } from '../bench/measurements.ts';
import type { BenchResult } from '../bench/result.ts';
import { runTable } from '../bench/table.ts';
import { type BenchCommand, parseBench } from './bench-options.ts';
import { print } from './main.ts';
import { type TuneCommand, parseTune, tune, tuneHelp } from './tune.ts';
import { RefusedError, refusalExitCode } from './refusal.ts';
import { interrupted } from './stop-signal.ts';

const interruptedExitCode = 130;

/** Runs the command line behind `tsmpi bench`; gives the exit code. */
export async function bench(words: readonly string[]): Promise<number> {
  const isTune = words[0] === 'tune';
  let command: ReturnType<typeof parseBench> | ReturnType<typeof parseTune>;
  try {
    command = isTune ? parseTune(words.slice(1)) : parseBench(words);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    await print(process.stderr, `tsmpi bench: ${error.message}`);
    return refusalExitCode;
  }
  if ('out' in command) return runTune(command);
  if (command.kind === 'help') {
    await print(process.stdout, isTune ? tuneHelp() : helpText());
    return 0;
  }
  return run(command, ['tsmpi bench', ...words].join(' '));
}

async function runTune(command: TuneCommand): Promise<number> {
  const interrupt = interrupted();
  try {
    return await tune(command, interrupt);
  } catch (error) {
    if (!interrupt.aborted) throw error;
    await print(process.stderr, 'tsmpi bench tune: interrupted; nothing is written');
    return interruptedExitCode;
  }
}

async function run(command: BenchCommand, words: string): Promise<number> {
  const { source } = command;
  const interrupt = interrupted();
  const result = 'about' in source ? source : await runBench(source, words, listenerOf(command), interrupt);
  if (command.json) await print(process.stdout, JSON.stringify(result));
  writeFiles(command, result);
  for (const note of result.notes) await print(process.stderr, `tsmpi bench: ${note}`);
  if (interrupt.aborted) {
    await print(process.stderr, 'tsmpi bench: interrupted; what is shown was measured before');
    return interruptedExitCode;
  }
  return result.failed ? 1 : 0;
}

/** Progress on standard error, and each table on standard output as soon as it is whole. */
function listenerOf({ json }: BenchCommand): BenchListener {
  const { stderr, stdout } = process;
  return {
    progress(text): void {
      stderr.write(stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
    },
    done(measured, result): void {
      if (stderr.isTTY) stderr.write('\r\u001b[K');
      if (!json) stdout.write(`${runTable(measured, result)}\n\n`);
    },
  };
}

function writeFiles({ csv, html, markdown }: BenchCommand, result: BenchResult): void {
  if (csv !== undefined) writeFileSync(csv, csvText(result));
  if (html !== undefined) writeFileSync(html, htmlText(result));
  if (markdown === undefined) return;
  writeFileSync(markdown, markdownText(result, existsSync(markdown) ? readFileSync(markdown, 'utf8') : undefined));
}

function helpText(): string {
  return [
    'Usage: tsmpi bench [options] [names …]',
    '       tsmpi bench tune [options]',
    '',
    'Measures what OSU measures, under its names, in jobs that tsmpirun starts.',
    'Without names: all but the last three.',
    '',
    ...measurements.map(({ name, what }) => `  ${name.padEnd(16)}${what}`),
    '',
    'Options:',
    '  --ranks 2,4,8,32     ranks (latency, bw and bibw always have 2)',
    '  --sizes 8:64M        bytes: a range in powers of 4, 8:64M:2 in powers of 2,',
    '                       or a list 8,1K,1M',
    '  --mode sync,async    blocking calls, awaited calls (both)',
    '  --memory plain,alloc ordinary arrays, arrays of world.alloc (both)',
    '  --vs NAME,NAME       measure openmpi, openmpi-tcp, mpich, mpi4py as well, in',
    '                       turns, and give their time divided by ours',
    '  --rounds N           turns (3)',
    '  --time MS            for one point in one round, without its warm-up (150)',
    '  --warm-up MS         processor time of each rank before each point (150), and',
    '                       up to eight times that while calls become faster',
    '  --calls N            of soak (1000000)',
    '  --quick              2 ranks, 2 sizes, one short round: only to see it run',
    '  --json               everything on standard output, as one line of JSON',
    '  --csv FILE           a line for each point',
    '  --html FILE          a page with plots',
    '  --markdown FILE      tables, as in docs/BENCHMARKS.md',
    '  --from FILE,FILE     measure nothing: report what --json wrote before',
    '  --no-shared-memory   the mesh alone; compare it with openmpi-tcp',
    '  --backend NAME       as for tsmpirun; also --tuning FILE',
    '  --help               print this',
    '',
    'tsmpi bench tune measures which algorithms are best here; it has a --help.',
    'Results are checked; a wrong one ends the measurement with exit code 1.',
  ].join('\n');
}
