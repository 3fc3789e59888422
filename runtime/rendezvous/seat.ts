/**
 * One sandbox as the service sees it, from its hello to its goodbye. Nothing is believed that does not fit: a sandbox
 * speaks for its own ranks, in order, and only once where once is all there is.
 */
import { randomBytes } from 'node:crypto';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { heartbeatIntervalMs, leaseMs, ranksMax } from '../core/limits.ts';
import { Lease } from './lease.ts';
import type { RankOver, RendezvousEvents, RosterEntry, SandboxHello } from './options.ts';
import { encodeFromLauncher, type FromLauncherBody, type FromSandbox, type Scope } from './protocol.ts';

/** The stream of one Join call. */
export type JoinCall = ServerDuplexStream<FromSandbox, Buffer>;

const reasons: readonly string[] = ['exit', 'throw', 'out-of-memory', 'aborted'] satisfies RankOver['reason'][];

/** What a sandbox has to say to the others, where links open on use. */
export interface Neighbours {
  /** Sandbox `from` has something for sandbox `to`, and no link yet. */
  linkWanted(from: number, to: number): void;
  /** The rank has returned. */
  returned(rank: number): void;
}

export interface SeatParts {
  readonly scope: Scope;
  readonly hello: SandboxHello;
  readonly call: JoinCall;
  readonly events: RendezvousEvents;
  readonly neighbours: Neighbours;
}

/** A sandbox that has been let in. */
export class Seat {
  readonly index: number;
  readonly ranks: readonly number[];
  readonly meshAddress: string;
  /** What the Output stream of this sandbox must show. */
  readonly ticket = randomBytes(24).toString('base64url');
  /** True once an Output stream showed the ticket. */
  hasOutput = false;
  readonly #scope: Scope;
  readonly #call: JoinCall;
  readonly #events: RendezvousEvents;
  readonly #neighbours: Neighbours;
  readonly #lease = new Lease();
  readonly #over = new Set<number>();
  /** By rank: who waits until the sandbox has taken a piece of standard input. */
  readonly #feeds = new Map<number, (taken: boolean) => void>();
  #phase: 'joined' | 'connected' | 'gone' = 'joined';

  constructor({ scope, hello, call, events, neighbours }: SeatParts) {
    this.index = hello.index;
    this.ranks = hello.ranks;
    this.meshAddress = hello.meshAddress;
    this.#scope = scope;
    this.#call = call;
    this.#events = events;
    this.#neighbours = neighbours;
  }

  get isGone(): boolean {
    return this.#phase === 'gone';
  }

  get rosterEntry(): RosterEntry {
    return { index: this.index, address: this.meshAddress, ranks: this.ranks };
  }

  send(body: FromLauncherBody): void {
    if (this.#phase !== 'gone') this.#call.write(encodeFromLauncher(this.#scope, body));
  }

  /** One heartbeat interval has passed. */
  beat(): void {
    if (this.#phase === 'gone') return;
    if (this.#lease.beat()) this.send({ heartbeat: {} });
    else {
      const due = `a heartbeat is due every ${String(heartbeatIntervalMs)} ms`;
      this.lose(`nothing heard for more than ${String(leaseMs)} ms; ${due}`);
    }
  }

  /** One message after the hello. */
  receive(message: FromSandbox): void {
    if (this.#phase === 'gone') return;
    this.#lease.heard();
    const wrong = this.#handle(message);
    if (wrong !== null) this.lose(`broke the protocol: ${wrong}`);
  }

  /**
   * Sends a piece of standard input, null at its end; false when the rank cannot take it any more. One piece at a time:
   * the next only after the answer.
   */
  feed(rank: number, bytes: Uint8Array | null): Promise<boolean> {
    if (this.#phase === 'gone' || this.#over.has(rank)) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#feeds.set(rank, resolve);
      this.send({ stdin: bytes === null ? { rank, end: true } : { rank, bytes } });
    });
  }

  /** The sandbox is gone without a goodbye: its stream ends, and the launcher is told, once. */
  lose(why: string): void {
    if (this.#phase === 'gone') return;
    this.#leave();
    this.#events.lost(this.index, why);
  }

  /** Ends the stream without an event. */
  end(): void {
    this.#leave();
  }

  /** Acts on a message; says in words what is wrong with it, or null. */
  #handle(message: FromSandbox): string | null {
    switch (message.body) {
      case 'heartbeat':
        return null;
      case 'connected':
        if (this.#phase === 'connected') return 'connected twice';
        this.#phase = 'connected';
        this.#events.connected(this.index);
        return null;
      case 'rankOver':
        return this.#rankOver(message.rankOver);
      case 'abort': {
        const { rank, exitCode = 0, reason = '' } = message.abort;
        if (rank === undefined || rank === null || !this.ranks.includes(rank))
          return 'abort from a rank it does not hold';
        this.#events.abortRequested(this.index, { rank, exitCode, reason });
        return null;
      }
      case 'link': {
        const { sandbox = 0 } = message.link;
        if (sandbox === this.index) return 'wants a link to itself';
        this.#neighbours.linkWanted(this.index, sandbox);
        return null;
      }
      case 'ask':
        return this.#ask(message.ask);
      case 'stdinTaken':
        return this.#fed(message.stdinTaken.rank ?? 0, true) ? null : 'took standard input that was not sent';
      case 'goodbye':
        this.#leave();
        this.#events.goodbye(this.index);
        return null;
      default:
        return `${message.body ?? 'an empty message'} out of turn`;
    }
  }

  #ask(ask: NonNullable<FromSandbox['ask']>): string | null {
    const { rank = 0, number = 0, spawn, connect } = ask;
    if (!this.ranks.includes(rank) || this.#over.has(rank)) return `rank ${String(rank)} asks, which it does not hold`;
    if (ask.request === 'start' || ask.request === 'cancel') {
      this.#events.asked(this.index, {
        rank,
        number,
        request: ask.request === 'start' ? { start: {} } : { cancel: {} },
      });
      return null;
    }
    if (ask.request === 'connect' && connect) {
      const { job = '', ranks: members = [], communicator: its = 0 } = connect;
      if (!members.includes(rank)) return `rank ${String(rank)} asks for others`;
      this.#events.asked(this.index, {
        rank,
        number,
        request: { connect: { job, ranks: members, communicator: its } },
      });
      return null;
    }
    if (ask.request !== 'spawn' || !spawn) return `rank ${String(rank)} asks for nothing`;
    const { script = '', ranks = 0, args = [], parents = [], communicator = 0 } = spawn;
    if (ranks < 1 || ranks > ranksMax) return `rank ${String(rank)} asks for ${String(ranks)} ranks`;
    const request = { spawn: { script, ranks, args, parents, communicator } };
    this.#events.asked(this.index, { rank, number, request });
    return null;
  }

  #rankOver(over: NonNullable<FromSandbox['rankOver']>): string | null {
    const { rank = 0, exitCode = 0, reason = '', error, silent = false } = over;
    if (!this.ranks.includes(rank)) return `rank ${String(rank)} is over, which it does not hold`;
    if (this.#over.has(rank)) return `rank ${String(rank)} is over twice`;
    if (!isReason(reason))
      return `rank ${String(rank)} is over for the unknown reason ${JSON.stringify(reason.slice(0, 64))}`;
    this.#over.add(rank);
    this.#fed(rank, false);
    if (reason === 'exit' && exitCode === 0) this.#neighbours.returned(rank);
    const report: RankOver = { rank, exitCode, reason };
    // Null when absent, whatever the generated type says.
    if (!error) this.#events.rankOver(this.index, report);
    else {
      const { name = '', message = '', stack = '', code = '' } = error;
      const shown = { name, message, stack, ...(code === '' ? {} : { code }) };
      this.#events.rankOver(this.index, { ...report, error: shown });
    }
    if (silent) this.#events.outputOver(this.index, rank);
    return null;
  }

  /** Answers who waits for `rank`; false when nobody did. */
  #fed(rank: number, taken: boolean): boolean {
    const resolve = this.#feeds.get(rank);
    if (resolve === undefined) return taken && this.#over.has(rank);
    this.#feeds.delete(rank);
    resolve(taken);
    return true;
  }

  #leave(): void {
    if (this.#phase === 'gone') return;
    this.#phase = 'gone';
    for (const rank of [...this.#feeds.keys()]) this.#fed(rank, false);
    this.#call.end();
  }
}

function isReason(text: string): text is RankOver['reason'] {
  return reasons.includes(text);
}
