/**
 * A host that admits nobody: a network namespace with an address of its own, whose firewall drops what comes in, unless
 * it answers what went out. Needs root.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';

const firewall = `table inet guard {
  chain input {
    type filter hook input priority 0; policy drop;
    iif "lo" accept
    ct state established,related accept
    tcp flags syn / syn,ack counter comment "knocks"
  }
}
`;

/** Why there can be none on this machine, or null. */
export function noPrivateHost(): string | null {
  if (process.getuid?.() !== 0) return 'a network namespace with a firewall needs root';
  for (const [command, from] of [
    ['ip', 'iproute2'],
    ['nft', 'nftables'],
  ] as const) {
    try {
      execFileSync(command, ['-V'], { stdio: 'ignore' });
    } catch {
      return `${command} is missing: apt-get install ${from}`;
    }
  }
  return null;
}

export class PrivateHost implements AsyncDisposable {
  /** How it reaches this machine. */
  readonly outside: string;
  /** Its own address, which nobody reaches. */
  readonly inside: string;
  readonly #name: string;
  readonly #children: ChildProcess[] = [];

  constructor() {
    const id = randomBytes(4).toString('hex');
    const net = `10.214.${String(randomInt(256))}`;
    const at = randomInt(64) * 4;
    this.outside = `${net}.${String(at + 1)}`;
    this.inside = `${net}.${String(at + 2)}`;
    this.#name = `private-${id}`;
    const ends = [`pv${id}o`, `pv${id}i`] as const;
    const ip = (...words: string[]): void => void execFileSync('ip', words);
    ip('netns', 'add', this.#name);
    try {
      ip('link', 'add', ends[0], 'type', 'veth', 'peer', 'name', ends[1], 'netns', this.#name);
      ip('addr', 'add', `${this.outside}/30`, 'dev', ends[0]);
      ip('link', 'set', ends[0], 'up');
      ip('-n', this.#name, 'addr', 'add', `${this.inside}/30`, 'dev', ends[1]);
      ip('-n', this.#name, 'link', 'set', ends[1], 'up');
      ip('-n', this.#name, 'link', 'set', 'lo', 'up');
      execFileSync(this.within[0], [...this.within.slice(1), 'nft', '-f', '-'], { input: firewall });
    } catch (error) {
      ip('netns', 'del', this.#name);
      throw error;
    }
  }

  /** Words in front of a command that is to run there. */
  get within(): readonly [string, ...string[]] {
    return ['ip', 'netns', 'exec', this.#name];
  }

  /** Connections that somebody tried to make to it. */
  get knocks(): number {
    const text = execFileSync('ip', ['netns', 'exec', this.#name, 'nft', 'list', 'ruleset'], { encoding: 'utf8' });
    return Number(/counter packets (\d+)/u.exec(text)?.[1]);
  }

  /** Starts a program there, and waits until it says, on either output, that it is ready. It ends with the host. */
  async start(words: readonly string[], isReady: RegExp, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const [file, ...before] = this.within;
    const child = spawn(file, [...before, ...words], {
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const hear = (bytes: Buffer): void => {
        said = `${said}${bytes.toString()}`.slice(-100_000);
        if (isReady.test(said)) resolve();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('error', reject);
      child.once('close', () => reject(new Error(`${words.join(' ')} ended: ${said}`)));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const closed = once(child, 'close');
      child.kill('SIGINT');
      await closed;
    }
    execFileSync('ip', ['netns', 'del', this.#name]);
  }
}
