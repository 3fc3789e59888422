/** `tsmpi connector`: the agent of a private network, and what a gateway knows of agents. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { readAgentConfig } from '../../connectors/agent/agent-config.ts';
import { enrol, type EnrolOptions, runAgent } from '../../connectors/agent/connector-agent.ts';
import { Membership } from '../../connectors/agent/membership.ts';
import { askStatus } from '../../connectors/gateway/control-client.ts';
import type { GatewayStatus } from '../../connectors/gateway/gateway.ts';
import { statePath } from '../../connectors/wire/files.ts';
import { parseToken } from '../../connectors/wire/token.ts';
import { isTsmpiError } from '../../runtime/core/errors.ts';
import { readWords } from './command-words.ts';
import { listenAddress } from './connector-words.ts';
import { socketsOf } from './gateway.ts';
import { print } from './main.ts';
import { refuse } from './refusal.ts';
import { interrupted } from './stop-signal.ts';

const options = {
  config: { type: 'string' },
  gateway: { type: 'string' },
  'token-file': { type: 'string' },
  state: { type: 'string' },
  socket: { type: 'string' },
  json: { type: 'boolean' },
  check: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const help = [
  'Usage: tsmpi connector --config FILE --gateway HOST:PORT [--token-file FILE]',
  '       tsmpi connector status [--json]',
  '',
  'Runs the agent of a private network. It dials out to the gateway and serves',
  'what its file names; nothing has to be let in. Its file is the only place where',
  'names have addresses, and may change while it runs.',
  '',
  'Options:',
  '  --config FILE        what it serves, and to which jobs',
  '  --gateway HOST:PORT  where the gateway listens',
  '  --token-file FILE    from tsmpi gateway token, to enrol; needed once',
  '  --state DIR          its key and certificate',
  '                       (tsmpi/connector under $XDG_STATE_HOME or ~/.local/state)',
  '  --check              only read the file, and say what it would serve',
  '  --help               print this',
  '',
  'status shows, on the side of the gateway: agents, their resources, streams.',
  '  --state DIR, --socket PATH  of the gateway; --json  for programs',
].join('\n');

/** Runs the command line behind `tsmpi connector`; gives the exit code. Throws RefusedError. */
export async function connector(words: readonly string[]): Promise<number> {
  const { values, names } = readWords(words, options, 'tsmpi connector');
  if (values.help === true) {
    await print(process.stdout, help);
    return 0;
  }
  const [what, ...more] = names;
  if (what === 'status' && more.length === 0) return status(values);
  if (what !== undefined) refuse(`connector ${what}`, 'unknown', 'tsmpi connector --help shows what there is');
  return serve(values);
}

type Values = ReturnType<typeof readWords<typeof options>>['values'];

async function serve(values: Values): Promise<number> {
  if (values.config === undefined) return refuse('connector', 'no file is named', 'write --config FILE');
  const configPath = resolve(values.config);
  const config = readAgentConfig(configPath);
  const served = [...config.values()].map(({ name, target, port }) => `${name} (${target.kind}, port ${String(port)})`);
  if (values.check === true) {
    await print(process.stdout, `${configPath} serves ${served.join(', ')}`);
    return 0;
  }
  if (values.gateway === undefined) return refuse('connector', 'no gateway is named', 'write --gateway HOST:PORT');
  const gateway = listenAddress('--gateway', values.gateway);
  const stateFolder = resolve(values.state ?? statePath('connector', process.env));
  const signal = interrupted();
  const log = (line: string): void => void process.stderr.write(`tsmpi connector: ${line}\n`);
  const membership = await membershipOf({ stateFolder, gateway, log, signal }, values['token-file']);
  if (membership === null) return 0;
  // Each read of a target is a buffer of its own. Another thread would free them later, and elsewhere: with it an agent
  // takes 1.7 times the processor time for the same bytes.
  setFlagsFromString('--no-concurrent-sweeping');
  log(`agent ${membership.agent} serves ${served.join(', ')}`);
  await runAgent({ configPath, config, gateway, stateFolder, membership, log, signal });
  return 0;
}

/**
 * What the state holds, or by the token; null where the user ended it before. A token that was used already is not
 * asked about again.
 */
async function membershipOf(
  options: Omit<EnrolOptions, 'token'>,
  tokenFile: string | undefined,
): Promise<Membership | null> {
  const { stateFolder } = options;
  const known = Membership.read(stateFolder);
  if (tokenFile === undefined) {
    if (known !== null && !known.isExpired) return known;
    const why = known === null ? 'the agent is not enrolled' : 'its certificate has expired';
    return refuse('connector', why, 'write --token-file FILE, with a token of tsmpi gateway token NAME');
  }
  const path = resolve(tokenFile);
  if (!existsSync(path)) {
    return refuse(`--token-file ${tokenFile}`, 'there is no such file', 'make one with tsmpi gateway token');
  }
  const token = parseToken(readFileSync(path, 'utf8'));
  if (known?.wasEnrolledWith(token) === true && !known.isExpired) return known;
  return enrol({ ...options, token });
}

async function status(values: Values): Promise<number> {
  const state = resolve(values.state ?? statePath('gateway', process.env));
  // Several jobs may share one.
  const found = new Map<string, GatewayStatus>();
  for (const socket of socketsOf(values.socket, state)) {
    try {
      const gateway = await askStatus(socket);
      found.set(`${String(gateway.pid)} ${gateway.listen}`, gateway);
    } catch (error) {
      // One that was killed has left its socket.
      if (!isTsmpiError(error)) throw error;
    }
  }
  if (values.json === true) await print(process.stdout, JSON.stringify({ gateways: [...found.values()] }));
  else if (found.size > 0) await print(process.stdout, [...found.values()].map(linesOf).join('\n\n'));
  if (found.size > 0) return 0;
  const how = 'start a job with --connector, or tsmpi gateway';
  await print(process.stderr, `tsmpi connector: no gateway runs here; ${how}`);
  return 1;
}

function linesOf({ listen, pid, agents, streams }: GatewayStatus): string {
  const lines = [`gateway at ${listen} (process ${String(pid)})`];
  for (const { agent, generation, sessions, resources, lastError } of agents) {
    const names = Object.entries(resources).map(([name, { kind, port }]) => `${name} (${kind}, port ${String(port)})`);
    const where = sessions.map(({ address, since }) => `${address} since ${since}`).join(', ');
    lines.push(
      `agent ${agent}: ${where === '' ? 'not connected' : `generation ${String(generation)}, ${where}`}`,
      ...(names.length === 0 ? [] : [`  serves ${names.join(', ')}`]),
      ...(lastError === null ? [] : [`  last error: ${lastError}`]),
    );
  }
  for (const { job, rank, resource, agent, bytesUp, bytesDown } of streams) {
    const bytes = `${String(bytesUp)} bytes up, ${String(bytesDown)} down`;
    lines.push(`stream of job ${job}, rank ${String(rank)}: ${resource} at ${agent}, ${bytes}`);
  }
  if (streams.length === 0) lines.push('no streams');
  return lines.join('\n');
}
