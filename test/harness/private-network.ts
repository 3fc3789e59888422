/** A project with connectors: its grants, an agent that serves what is private, and the jobs that use it. */
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { PrivateHost } from './private-host.ts';
import { type CommandOptions, type CommandResult, packageRoot, runTsmpi, runTsmpirun } from './run-tsmpirun.ts';
import { ServiceProcess } from './service-process.ts';
import { type ProjectFiles, withTemporaryProject } from './temporary-project.ts';

export interface PrivateNetworkOptions {
  /** Of the agent's file. */
  readonly resources: Readonly<Record<string, object>>;
  /** Of the project's `tsmpi.config.json`; absent: every resource, at the agent `dc1`. */
  readonly grants?: Readonly<Record<string, object>>;
  readonly files?: ProjectFiles;
  /** Packages that its jobs import. */
  readonly packages?: readonly string[];
  /** Where its agents run, and what they serve; absent: on this machine as it is. */
  readonly host?: PrivateHost | undefined;
}

/** A port that nobody listens on just now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export class PrivateNetwork {
  readonly directory: string;
  readonly port: number;
  readonly #host: PrivateHost | undefined;
  readonly #agents: ServiceProcess[] = [];
  readonly #gateways: ServiceProcess[] = [];

  constructor(directory: string, port: number, host?: PrivateHost) {
    [this.directory, this.port, this.#host] = [directory, port, host];
  }

  /** Where keys and logs lie. */
  get env(): Record<string, string> {
    return { XDG_STATE_HOME: join(this.directory, 'state') };
  }

  /** The gateway's address, as agents dial it. */
  get #listen(): string {
    return this.#host?.outside ?? '127.0.0.1';
  }

  /** Runs a job of the project. */
  run(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return runTsmpirun(args, { cwd: this.directory, ...options, env: { ...this.env, ...options.env } });
  }

  tsmpi(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return runTsmpi(args, { cwd: this.directory, ...options, env: { ...this.env, ...options.env } });
  }

  /** The text of a token for an agent, in a file. */
  async token(agent: string, ...more: readonly string[]): Promise<string> {
    const path = join(this.directory, `${agent}.token`);
    const { code, stderr } = await this.tsmpi(['gateway', 'token', agent, '--out', path, ...more]);
    if (code !== 0) throw new Error(stderr);
    return path;
  }

  /** Starts an agent, which enrols. Its state is its own. */
  async agent(
    name = 'dc1',
    options: { config?: string; port?: number; enrols?: boolean } = {},
  ): Promise<ServiceProcess> {
    const { config = 'connector.json', port = this.port, enrols = true } = options;
    const token = enrols ? ['--token-file', await this.token(name)] : [];
    const state = join(this.directory, `state-of-${name}`);
    const args = ['--config', config, '--gateway', `${this.#listen}:${String(port)}`, '--state', state, ...token];
    const { directory, env } = this;
    const agent = new ServiceProcess(['connector', ...args], { directory, env, within: this.#host?.within ?? [] });
    this.#agents.push(agent);
    return agent;
  }

  /** Where a gateway apart has its inner door. */
  get gatewaySocket(): string {
    return join(this.directory, 'gateway.sock');
  }

  /** Starts a gateway apart, at which agents can dial in when this resolves. It is ended with the network at last. */
  async gateway(): Promise<ServiceProcess> {
    const listen = `${this.#listen}:${String(this.port)}`;
    const gateway = new ServiceProcess(['gateway', '--listen', listen, '--socket', this.gatewaySocket], this);
    this.#gateways.push(gateway);
    await gateway.says(/agents dial in/u);
    return gateway;
  }

  writeAgentConfig(resources: Readonly<Record<string, object>>, path = 'connector.json'): void {
    writeFileSync(join(this.directory, path), JSON.stringify({ resources }));
  }

  writeGrants(connectors: Readonly<Record<string, object>>): void {
    const gateway = { listen: `${this.#listen}:${String(this.port)}` };
    writeFileSync(join(this.directory, 'tsmpi.config.json'), JSON.stringify({ connectors, gateway }));
  }

  /** Paths of the audit logs of all gateways that there were, in order. */
  get auditLogs(): string[] {
    const folder = join(this.directory, 'state', 'tsmpi', 'gateway', 'audit');
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name));
  }

  /** Records of all of them. */
  audit(): Record<string, unknown>[] {
    return this.auditLogs.flatMap((path) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    );
  }

  /** As a machine that fails does. */
  async stopAgents(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.stop('SIGKILL')));
  }

  async stop(): Promise<void> {
    await this.stopAgents();
    await Promise.all(this.#gateways.map((gateway) => gateway.stop('SIGKILL')));
  }
}

export async function withPrivateNetwork<R>(
  { resources, grants, files = {}, packages = [], host }: PrivateNetworkOptions,
  body: (network: PrivateNetwork) => Promise<R>,
): Promise<R> {
  return withTemporaryProject(files, async (directory) => {
    const network = new PrivateNetwork(directory, await freePort(), host);
    for (const name of packages) {
      mkdirSync(dirname(join(directory, 'node_modules', name)), { recursive: true });
      symlinkSync(join(packageRoot, 'node_modules', name), join(directory, 'node_modules', name));
    }
    network.writeAgentConfig(resources);
    network.writeGrants(grants ?? Object.fromEntries(Object.keys(resources).map((name) => [name, { agent: 'dc1' }])));
    try {
      return await body(network);
    } finally {
      await network.stop();
    }
  });
}
