/**
 * The options of `tsmpirun`: one table, from which the parser, the refusals and the help are made.
 */
export interface Option {
  /** Without dashes; the key of its value. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What stands for its value in the help; absent: it takes none. */
  readonly value?: string;
  readonly repeatable?: boolean;
  /** May be given for each program of an MPMD job; the others concern the job as a whole. */
  readonly perProgram?: boolean;
  /** Lines of the help. */
  readonly help: readonly string[];
}

const table = [
  { name: 'ranks', short: 'n', value: 'N', perProgram: true, help: ['ranks to start (1)'] },
  {
    name: 'backend',
    value: 'NAME',
    help: ['where sandboxes run: local (bubblewrap; the default)', 'or process (isolates less, needs nothing)'],
  },
  { name: 'ranks-per-sandbox', value: 'K', help: ['ranks that share one sandbox and its memory (1)'] },
  { name: 'no-shared-memory', help: ['let sandboxes share no memory: all goes over', 'sockets, as between hosts'] },
  {
    name: 'env',
    value: 'NAME[=VALUE]',
    repeatable: true,
    help: ['give the ranks an environment variable, with', 'its value here or VALUE; nothing else enters'],
  },
  {
    name: 'mount',
    value: 'SRC:DST[:rw]',
    repeatable: true,
    help: ['show the ranks a file or folder SRC at DST,', 'read-only unless :rw'],
  },
  { name: 'writable', help: ['let the ranks write in the working directory'] },
  { name: 'memory', value: 'SIZE', help: ['memory of each sandbox, such as 512M or 2G'] },
  { name: 'cpus', value: 'CORES', help: ['cores of each sandbox, such as 2 or 0.5'] },
  { name: 'timeout', value: 'TIME', help: ['end the job after 30s, 5m, 1h … (exit code 124)'] },
  {
    name: 'on-failure',
    value: 'ACTION',
    help: ['abort the job when a rank fails (the default),', 'or continue with the ranks that are left'],
  },
  { name: 'stdin', value: 'WHO', help: ['who reads standard input: none (the default),', 'a rank, or all'] },
  {
    name: 'tuning',
    value: 'FILE',
    help: ['which algorithms collectives use, as measured by', 'tsmpi bench tune; none: as shipped'],
  },
  {
    name: 'connector',
    value: 'NAME',
    repeatable: true,
    help: ['let the ranks use a private dataset, by its name', 'in tsmpi.config.ts; also a host name inside'],
  },
  {
    name: 'gateway-listen',
    value: 'HOST:PORT',
    help: ["where connectors' agents dial in", '(127.0.0.1:7465)'],
  },
  {
    name: 'gateway',
    value: 'SOCKET',
    help: ['use the gateway that is there (tsmpi gateway), not', 'one of its own'],
  },
  { name: 'audit', value: 'FILE', help: ['log of every stream of connectors'] },
  { name: 'name', value: 'NAME', help: ['what grants of connectors call the job', "(its script's name)"] },
  { name: 'config', value: 'FILE', help: ['instead of tsmpi.config.ts in this folder'] },
  { name: 'tag-output', help: ['begin each line of output with its [rank]'] },
  {
    name: 'output-dir',
    value: 'DIR',
    help: ['write DIR/rank-R.stdout and .stderr for each rank', 'instead of the terminal'],
  },
  { name: 'json', help: ['one machine-readable event per line (docs/JSON.md)'] },
  { name: 'timeline', help: ['tell where the start-up time went'] },
  { name: 'quiet', short: 'q', help: ['say nothing but why a job failed'] },
  {
    name: 'verbose',
    short: 'v',
    help: ['say more: each sandbox, its ranks, its agent,', 'which algorithm each collective uses'],
  },
  { name: 'version', short: 'V', perProgram: true, help: ['print the version'] },
  { name: 'help', short: 'h', perProgram: true, help: ['print this'] },
] as const satisfies readonly Option[];

export type OptionName = (typeof table)[number]['name'];
export const options: readonly (Option & { readonly name: OptionName })[] = table;

/** Options of other launchers, and what stands for them here. */
export const foreignOptions: Readonly<Record<string, string>> = {
  '-np': 'use -n',
  '--np': 'use -n',
  '-c': 'use -n',
  '-x': 'use --env NAME',
  '--oversubscribe': 'leave it out: more ranks than cores is normal here',
  '--allow-run-as-root': 'leave it out: sandboxes drop root by themselves',
  '--host': 'leave it out: all ranks run on this machine',
  '--hostfile': 'leave it out: all ranks run on this machine',
  '--wdir': 'change to the directory first: ranks start in yours',
};
