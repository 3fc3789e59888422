/**
 * From the words of a command line to a job's specification, or to the one line that says why not.
 */
import { resolve } from 'node:path';
import { ranksMax, ranksPerSandboxMax } from '../../runtime/core/limits.ts';
import { jobName, listenAddress, resourceName } from './connector-words.ts';
import type { WantedConnectors } from '../connectors/connectors-spec.ts';
import { type JobProgram, type JobSpec, sizeOf } from '../job-spec.ts';
import { checkedMounts } from './mounts.ts';
import type { OptionName } from './options.ts';
import { checkWritable, mountOf, outputDirectory, scriptPath } from './paths.ts';
import { type Refusal, RefusedError, refuse } from './refusal.ts';
import { type Given, type ProgramWords, readWords } from './tokens.ts';
import { choice, coreCount, duration, memorySize, wholeNumber } from './values.ts';

/** A job to run, and what the command line itself does with it. */
export interface RunCommand {
  readonly kind: 'run';
  readonly spec: JobSpec;
  readonly output: { readonly mode: 'plain' | 'tagged' | 'json'; readonly directory?: string };
  readonly verbosity: 'quiet' | 'normal' | 'verbose';
  readonly timeline: boolean;
  /** As it was written; absent: the usual place is looked at. */
  readonly tuning?: string;
  /** The same for the configuration. */
  readonly config?: string;
  /** Whether the user named the backend. */
  readonly backendIsGiven: boolean;
  /** Absent: none. */
  readonly connectors?: WantedConnectors;
}
export type ParsedCommand = RunCommand | { readonly kind: 'help' } | { readonly kind: 'version' };

/** What a command line is read against. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
}

/**
 * Reads a command line, without the name of the command. Looks at the files that it names, and changes nothing.
 * Every contradiction is a refusal: nothing is corrected or ignored.
 */
export function parseCommandLine(words: readonly string[], surroundings: Surroundings): ParsedCommand | Refusal {
  try {
    const programs = readWords(words);
    if (programs.some(({ given }) => given.has('help'))) return { kind: 'help' };
    if (programs.some(({ given }) => given.has('version'))) return { kind: 'version' };
    return runCommand(programs, surroundings);
  } catch (error) {
    if (error instanceof RefusedError) return { kind: 'refusal', line: `tsmpirun: ${error.message}` };
    throw error;
  }
}

function runCommand(words: readonly ProgramWords[], surroundings: Surroundings): RunCommand {
  const programs = words.map((program) => programOf(program, words.length, surroundings));
  const size = sizeOf(programs);
  if (size > ranksMax) {
    refuse('-n', `the programs have ${String(size)} ranks together`, `start at most ${String(ranksMax)}`);
  }
  const given = new Values(words[0]?.given ?? new Map());
  contradiction(given, 'quiet', 'verbose');
  contradiction(given, 'json', 'tag-output', 'its events name the rank');
  contradiction(given, 'tag-output', 'output-dir', 'each rank has its own files there');
  const tuning = given.value('tuning', (_, text) => text);
  const directory = given.value('output-dir', (as, text) => outputDirectory(as, text, surroundings.cwd));
  return {
    kind: 'run',
    spec: specOf(programs, size, given, surroundings),
    output: {
      mode: given.has('json') ? 'json' : given.has('tag-output') ? 'tagged' : 'plain',
      ...(directory === undefined ? {} : { directory }),
    },
    verbosity: given.has('quiet') ? 'quiet' : given.has('verbose') ? 'verbose' : 'normal',
    timeline: given.has('timeline'),
    ...(tuning === undefined ? {} : { tuning }),
    ...given.optional('config', (_, text) => resolve(surroundings.cwd, text)),
    backendIsGiven: given.has('backend'),
    ...connectorWords(given, surroundings.cwd),
  };
}

function connectorWords(given: Values, cwd: string): { connectors?: WantedConnectors } {
  const names = given.all('connector').map(({ as, value }) => resourceName(as, value));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) refuse(`--connector ${twice}`, 'given twice', 'give each name once');
  for (const option of ['gateway-listen', 'gateway', 'audit'] as const) {
    if (given.has(option) && names.length === 0) {
      refuse(`--${option}`, 'the job has no connectors', 'name them with --connector NAME');
    }
  }
  contradiction(given, 'gateway', 'gateway-listen');
  contradiction(given, 'gateway', 'audit', 'the gateway that is there has its own');
  if (names.length === 0) return {};
  const listen = given.value('gateway-listen', listenAddress);
  const gateway = given.value('gateway', (_, text) => resolve(cwd, text));
  const audit = given.value('audit', (_, text) => resolve(cwd, text));
  return { connectors: { names, listen, gateway, audit } };
}

function specOf(programs: JobProgram[], size: number, given: Values, { env, cwd }: Surroundings): JobSpec {
  const backend = given.value('backend', (as, text) => choice(as, text, ['local', 'process'])) ?? 'local';
  const memoryMiB = given.value('memory', memorySize);
  const cpus = given.value('cpus', coreCount);
  const timeoutMs = given.value('timeout', duration);
  const writable = given.has('writable');
  if (writable) checkWritable('--writable', cwd);
  return {
    programs,
    backend,
    ranksPerSandbox:
      given.value('ranks-per-sandbox', (as, text) => wholeNumber(as, text, 1, ranksPerSandboxMax, `${as} 4`)) ?? 1,
    sharedMemory: !given.has('no-shared-memory'),
    env: environmentOf(given.all('env'), env),
    cwd,
    writable,
    mounts: checkedMounts(
      given.all('mount').map(({ as, value }) => ({ as: `${as} ${value}`, mount: mountOf(as, value) })),
      { cwd, scripts: programs.map(({ script }) => script) },
      backend,
    ),
    ...(memoryMiB === undefined ? {} : { memoryMiB }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    tellsForms: given.has('verbose'),
    onFailure: given.value('on-failure', (as, text) => choice(as, text, ['abort', 'continue'])) ?? 'abort',
    stdin: given.value('stdin', (as, text) => stdinOf(as, text, size)) ?? 'none',
    ...given.optional('name', jobName),
  };
}

function programOf({ given, script, args }: ProgramWords, programsCount: number, { cwd }: Surroundings): JobProgram {
  if (script === undefined) {
    const isOnly = programsCount === 1;
    const what = isOnly ? 'no program given' : "nothing to run beside ' : '";
    const why = isOnly ? 'a job needs a file to run' : 'each side names a program';
    refuse(what, why, isOnly ? 'tsmpirun -n 4 job.ts, or tsmpirun --help' : 'tsmpirun -n 8 solve.ts : -n 2 watch.ts');
  }
  const ranks = new Values(given).value('ranks', (as, text) => wholeNumber(as, text, 1, ranksMax, `${as} 4`)) ?? 1;
  return { script: scriptPath(script, cwd), ranks, args };
}

function stdinOf(as: string, text: string, size: number): JobSpec['stdin'] {
  if (/^[+-]?\d/.test(text)) return wholeNumber(as, text, 0, size - 1, `${as} 0`);
  return choice(as, text, ['none', 'all']);
}

function environmentOf(given: readonly Given[], env: Surroundings['env']): Record<string, string> {
  const entries = new Map<string, string>();
  for (const { as, value: text } of given) {
    const [, name = '', value] = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(text) ?? [];
    if (name === '') {
      const why = 'not of the form NAME or NAME=VALUE';
      // The value may be a secret: only what stands before it is repeated.
      refuse(`${as} ${text.split('=', 1).join('')}`, why, 'names have letters, digits and _, and begin with no digit');
    }
    if (entries.has(name)) refuse(`${as} ${name}`, 'given twice', 'give each name once');
    const found = value ?? env[name];
    if (found === undefined) refuse(`${as} ${name}`, `${name} is not set here`, `write ${as} ${name}=VALUE`);
    entries.set(name, found);
  }
  return Object.fromEntries(entries);
}

function contradiction(given: Values, one: OptionName, other: OptionName, why = 'they contradict each other'): void {
  if (given.has(one) && given.has(other)) refuse(`--${one} with --${other}`, why, 'give one of them');
}

/** The values of one program's options. */
class Values {
  readonly #given: ReadonlyMap<OptionName, readonly Given[]>;

  constructor(given: ReadonlyMap<OptionName, readonly Given[]>) {
    this.#given = given;
  }

  has(name: OptionName): boolean {
    return this.#given.has(name);
  }

  all(name: OptionName): readonly Given[] {
    return this.#given.get(name) ?? [];
  }

  /** Its value under its name, or nothing. */
  optional<N extends OptionName, T>(name: N, read: (as: string, text: string) => T): { [key in N]?: T } {
    const value = this.value(name, read);
    return (value === undefined ? {} : { [name]: value }) as { [key in N]?: T };
  }

  value<T>(name: OptionName, read: (as: string, text: string) => T): T | undefined {
    const [given] = this.all(name);
    return given === undefined ? undefined : read(given.as, given.value);
  }
}
