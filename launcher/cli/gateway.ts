/** `tsmpi gateway`: a gateway of connectors that many jobs share, and what is done beside it. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Authority } from '../../connectors/gateway/authority.ts';
import { Control } from '../../connectors/gateway/control.ts';
import { askRevoke, askStatus } from '../../connectors/gateway/control-client.ts';
import { Enrolments } from '../../connectors/gateway/enrolments.ts';
import { unwantedAgent } from '../../connectors/gateway/gateway.ts';
import { statePath } from '../../connectors/wire/files.ts';
import { tokenText } from '../../connectors/wire/token.ts';
import { isTsmpiError } from '../../runtime/core/errors.ts';
import { configOf, loadConfig } from '../config/load-config.ts';
import { startGateway } from '../connectors/own-gateway.ts';
import { jobDirectoryParents } from '../sweep.ts';
import { readWords } from './command-words.ts';
import { usualListen } from '../connectors/connectors-spec.ts';
import { listenAddress, resourceName } from './connector-words.ts';
import { print } from './main.ts';
import { refuse } from './refusal.ts';
import { interrupted } from './stop-signal.ts';
import { duration, wholeNumber } from './values.ts';

const options = {
  listen: { type: 'string' },
  config: { type: 'string' },
  state: { type: 'string' },
  socket: { type: 'string' },
  audit: { type: 'string' },
  out: { type: 'string' },
  'valid-for': { type: 'string' },
  replace: { type: 'boolean' },
  agent: { type: 'string' },
  job: { type: 'string' },
  rank: { type: 'string' },
  resource: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const help = [
  'Usage: tsmpi gateway [options]              run a gateway that jobs share',
  '       tsmpi gateway token NAME [options]   let the agent NAME enrol, once',
  '       tsmpi gateway revoke [options]       end streams; with --agent alone,',
  '                                            also what it was enrolled as',
  '',
  'Options:',
  '  --listen HOST:PORT   where agents dial in (127.0.0.1:7465)',
  '  --config FILE        its grants (tsmpi.config.ts in this folder); changes',
  '                       reach live streams within a second',
  '  --state DIR          its keys, and what it knows of agents',
  '                       (tsmpi/gateway under $XDG_STATE_HOME or ~/.local/state)',
  '  --socket PATH        its inner door, for tsmpirun --gateway PATH',
  '                       (gateway.sock in its state)',
  '  --audit FILE         log of every stream (a new file in its state)',
  '  --help               print this',
  'Of token:',
  '  --out FILE           write it there, not to standard output',
  '  --valid-for TIME     30s, 5m, 1h … (1h)',
  '  --replace            though there is an agent of that name: it is refused',
  '                       from then on',
  'Of revoke, which of them:',
  '  --agent NAME, --job NAME, --rank N, --resource NAME',
].join('\n');

/** Runs the command line behind `tsmpi gateway`; gives the exit code. Throws RefusedError. */
export async function gateway(words: readonly string[]): Promise<number> {
  const { values, names } = readWords(words, options, 'tsmpi gateway');
  if (values.help === true) {
    await print(process.stdout, help);
    return 0;
  }
  const state = resolve(values.state ?? statePath('gateway', process.env));
  const [what, name, more] = names;
  switch (what) {
    case undefined:
      return serve(values, state);
    case 'token':
      if (name === undefined || more !== undefined) {
        return refuse('gateway token', 'it takes one name', 'write tsmpi gateway token NAME');
      }
      return token(resourceName('gateway token', name), values, state);
    case 'revoke':
      return revoke(values, state);
    default:
      return refuse(`gateway ${what}`, 'unknown', 'tsmpi gateway --help shows what there is');
  }
}

type Values = ReturnType<typeof readWords<typeof options>>['values'];

async function serve(values: Values, state: string): Promise<number> {
  const listen = values.listen === undefined ? usualListen : listenAddress('--listen', values.listen);
  const { config, path } =
    values.config === undefined ? await configOf(process.cwd()) : await loadConfig(resolve(values.config));
  const socket = resolve(values.socket ?? join(state, 'gateway.sock'));
  if (existsSync(socket)) {
    const isAlive = await askStatus(socket).then(
      () => true,
      () => false,
    );
    if (isAlive) refuse(`--socket ${socket}`, 'a gateway is there already', 'use that one, or name another socket');
    rmSync(socket);
  }
  const stop = interrupted();
  const log = (line: string): void => void process.stderr.write(`tsmpi gateway: ${line}\n`);
  const grants = config.connectors ?? {};
  if (path === undefined) log('there is no tsmpi.config.ts here: nothing is granted');
  const audit = values.audit === undefined ? {} : { audit: resolve(values.audit) };
  const running = await startGateway(
    { listen, state, grants, ...audit, ...(path === undefined ? {} : { configPath: path }) },
    log,
  );
  const control = await Control.listen(socket, running.gateway);
  const { host, port } = running.gateway.address;
  await print(process.stdout, `agents dial in at ${host}:${String(port)}; jobs: tsmpirun --gateway ${socket}`);
  if (!stop.aborted) await new Promise<void>((done) => stop.addEventListener('abort', () => done(), { once: true }));
  await control.close();
  await running.close();
  return 0;
}

async function token(agent: string, values: Values, state: string): Promise<number> {
  const authority = await Authority.open(state);
  const lifeMs = values['valid-for'] === undefined ? {} : { lifeMs: duration('--valid-for', values['valid-for']) };
  const secret = new Enrolments(state).invite(agent, { replaces: values.replace === true, ...lifeMs });
  const text = tokenText({ agent, secret, authority: authority.fingerprint });
  if (values.out === undefined) await print(process.stdout, text);
  else writeFileSync(resolve(values.out), `${text}\n`, { mode: 0o600 });
  return 0;
}

async function revoke(values: Values, state: string): Promise<number> {
  const { agent, job, resource } = values;
  const rank = values.rank === undefined ? undefined : wholeNumber('--rank', values.rank, 0, 1e6, '--rank 3');
  if (agent === undefined && job === undefined && resource === undefined && rank === undefined) {
    refuse('gateway revoke', 'it names nothing', 'give --agent, --job, --rank or --resource');
  }
  const revocation = {
    agent: agent === undefined ? undefined : resourceName('--agent', agent),
    job,
    resource: resource === undefined ? undefined : resourceName('--resource', resource),
    rank,
  };
  // Also where no gateway runs just now.
  const enrolments = new Enrolments(state);
  const unwanted = unwantedAgent(revocation) ?? '';
  const isForgotten = enrolments.agents.includes(unwanted);
  let streams = 0;
  for (const socket of socketsOf(values.socket, state))
    streams += await askRevoke(socket, revocation).catch(unreachable);
  if (isForgotten) enrolments.revoke(unwanted);
  const also = isForgotten ? `; agent ${unwanted} must enrol anew` : '';
  await print(process.stdout, `${String(streams)} streams ended${also}`);
  return 0;
}

function unreachable(error: unknown): number {
  if (isTsmpiError(error)) return 0;
  throw error;
}

/** Inner doors: the one that is named, or that of `tsmpi gateway` with this state and those of jobs that run. */
export function socketsOf(named: string | undefined, state: string): string[] {
  if (named !== undefined) return [resolve(named)];
  const ofJobs = jobDirectoryParents()
    .flatMap((parent) =>
      entriesOf(parent)
        .filter((name) => /^tsmpi-[\w-]{22}$/u.test(name))
        .map((name) => join(parent, name)),
    )
    .flatMap((folder) =>
      entriesOf(folder)
        .filter((name) => /^g\d+\.sock$/u.test(name))
        .map((name) => join(folder, name)),
    );
  return [join(state, 'gateway.sock'), ...ofJobs].filter((path) => existsSync(path));
}

/** None of a folder that is gone, or another user's. */
function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
