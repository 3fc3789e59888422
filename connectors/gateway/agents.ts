/** The agents that are connected, each with its newest generation; and who waits for one. */
import { TsmpiError } from '../../runtime/core/errors.ts';
import { agentReturnTimeoutMs, agentSessions } from '../wire/limits.ts';
import type { Registration } from '../wire/registration.ts';
import type { AgentSession, SessionEvents } from './agent-session.ts';

interface Connected {
  generation: number;
  readonly sessions: Set<AgentSession>;
}

export interface AgentStatus {
  readonly agent: string;
  readonly generation: number | null;
  readonly sessions: readonly { readonly address: string; readonly since: string; readonly streams: number }[];
  readonly resources: Registration['resources'];
  readonly lastError: string | null;
}

export class Agents implements SessionEvents {
  readonly #connected = new Map<string, Connected>();
  readonly #lastErrors = new Map<string, string>();
  readonly #log: (line: string) => void;
  #changed: (() => void)[] = [];

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  registered(session: AgentSession, registration: Registration): void {
    const { agent } = session.identity;
    const { generation } = registration;
    const there = this.#connected.get(agent);
    if (there !== undefined && there.generation > generation) {
      session.end(`a newer process runs as agent ${agent}`);
      return;
    }
    const isNew = there === undefined || there.generation < generation;
    const connected = isNew ? { generation, sessions: new Set<AgentSession>() } : there;
    this.#connected.set(agent, connected);
    if (isNew) {
      for (const old of there?.sessions ?? []) old.end(`a newer process runs as agent ${agent}`);
      this.#log(`connector agent ${agent} is connected: ${Object.keys(registration.resources).join(', ')}`);
    }
    connected.sessions.add(session);
    if (connected.sessions.size > agentSessions) {
      // The oldest is the one that hangs, most likely.
      const [oldest] = connected.sessions;
      oldest?.end('another session has taken its place');
    }
    this.#change();
  }

  gone(session: AgentSession, why: string): void {
    const { agent } = session.identity;
    this.#lastErrors.set(agent, why);
    const connected = this.#connected.get(agent);
    if (connected?.sessions.delete(session) === true && connected.sessions.size === 0) {
      this.#connected.delete(agent);
      this.#log(`connector agent ${agent} is cut off: ${why}`);
    }
    this.#change();
  }

  /** Ends the sessions of an agent. */
  evict(agent: string, why: string): void {
    for (const session of this.#connected.get(agent)?.sessions ?? []) session.end(why);
  }

  evictAll(why: string): void {
    for (const agent of this.#connected.keys()) this.evict(agent, why);
  }

  registrationOf(agent: string): Registration | null {
    return this.#best(agent)?.registration ?? null;
  }

  /** A session of the agent, the one with the fewest streams; waits for its return. Rejects with ERR_CONNECTOR. */
  async session(agent: string, signal: AbortSignal, timeoutMs = agentReturnTimeoutMs): Promise<AgentSession> {
    const untilMs = performance.now() + timeoutMs;
    for (;;) {
      const best = this.#best(agent);
      if (best !== undefined) return best;
      if (signal.aborted) throw new TsmpiError('ERR_CANCELLED', `nobody waits for agent ${agent} any more`);
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) {
        const last = this.#lastErrors.get(agent);
        const before = last === undefined ? '' : `, its last session ended: ${last}`;
        throw new TsmpiError(
          'ERR_CONNECTOR',
          `agent ${agent} is not connected, and did not return in ${String(timeoutMs / 1000)} s${before}`,
          { remedy: 'start it with tsmpi connector; tsmpi connector status shows who is connected' },
        );
      }
      await this.#nextChange(leftMs, signal);
    }
  }

  status(agents: readonly string[]): AgentStatus[] {
    const names = new Set([...agents, ...this.#connected.keys()]);
    return [...names].sort().map((agent) => {
      const sessions = [...(this.#connected.get(agent)?.sessions ?? [])];
      return {
        agent,
        generation: this.#connected.get(agent)?.generation ?? null,
        sessions: sessions.map(({ address, since, streams }) => ({ address, since: since.toISOString(), streams })),
        resources: this.registrationOf(agent)?.resources ?? {},
        lastError: this.#lastErrors.get(agent) ?? null,
      };
    });
  }

  #best(agent: string): AgentSession | undefined {
    const usable = [...(this.#connected.get(agent)?.sessions ?? [])].filter(({ isUsable }) => isUsable);
    return usable.sort((left, right) => left.streams - right.streams)[0];
  }

  #change(): void {
    const waiting = this.#changed;
    this.#changed = [];
    for (const tell of waiting) tell();
  }

  /** Resolves at the next change, or when the time is over. */
  #nextChange(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      signal.addEventListener('abort', done, { once: true });
      this.#changed.push(done);
    });
  }
}
