/**
 * The simulated driver: all ranks of a call in one process and one thread, in virtual time.
 *
 * The model is Hockney's with one port in and one out: a message of n bytes takes α + nβ, during which its sender sends
 * nothing else and its receiver receives nothing else; reducing n bytes takes nγ. Sends are synchronous (they begin
 * when the receive is posted), so an algorithm that counts on buffering is found out as a deadlock.
 */

import { TsmpiError } from '../runtime/core/errors.ts';
import type { Exchange, Operation, Program } from '../runtime/comm/program.ts';
import type { Steps } from './algorithm.ts';
import { Heap } from './heap.ts';
import { perform } from './perform.ts';

/** Seconds per message, per byte sent and per byte reduced; any unit of time will do. */
export interface Model {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
}

/** What one rank came to. */
export type Outcome<R> = { readonly value: R } | { readonly error: unknown } | { readonly stuck: string };

export interface Simulation<R> {
  readonly outcomes: readonly Outcome<R>[];
  /** When the last rank ended, on the model's clock. */
  readonly time: number;
  /** Totals over all ranks. */
  readonly messages: number;
  readonly bytes: number;
}

const noTime: Model = { alpha: 0, beta: 0, gamma: 0 };

class SimulatedOperation implements Operation {
  done = false;
  error: Error | undefined = undefined;
  bytes = 0;
  /** When it began, and later when it ended. */
  time: number;
  readonly owner: SimulatedRank;
  readonly data: Uint8Array;
  readonly what: string;
  /** Of sends: how many came before it. */
  readonly order: number;

  constructor(owner: SimulatedRank, data: Uint8Array, what: string, order = 0) {
    this.owner = owner;
    this.order = order;
    this.data = data;
    this.what = what;
    this.time = owner.clock;
  }
}

class SimulatedRank {
  clock = 0;
  readonly rank: number;
  program: Program<unknown> | undefined = undefined;
  /** What the program waits for; empty when it is not waiting. */
  waiting: readonly Operation[] = [];
  outcome: Outcome<unknown> | undefined = undefined;
  outPortFree = 0;
  inPortFree = 0;

  constructor(rank: number) {
    this.rank = rank;
  }
}

/** Unmatched sends and receives of one (source, destination, tag), in order; at most one of the lists has any. */
interface Channel {
  readonly sends: SimulatedOperation[];
  readonly receives: SimulatedOperation[];
}

/** A matched pair of a send and a receive that waits for its ports. */
interface Transfer {
  readonly send: SimulatedOperation;
  readonly receive: SimulatedOperation;
  /** Counts the sends, so that of two transfers that can begin at one time the one that was sent first does. */
  readonly order: number;
}

class Network {
  readonly model: Model;
  readonly ranks: readonly SimulatedRank[];
  readonly channels = new Map<string, Channel>();
  readonly ready: SimulatedRank[] = [];
  readonly transfers = new Heap<Transfer>();
  sends = 0;
  messages = 0;
  bytes = 0;

  constructor(size: number, model: Model) {
    this.model = model;
    this.ranks = Array.from({ length: size }, (_, rank) => new SimulatedRank(rank));
  }

  exchangeOf(rank: SimulatedRank, operation: string): Exchange {
    const size = this.ranks.length;
    return {
      rank: rank.rank,
      size,
      operation,
      where: `rank ${rank.rank} ${operation} on simulation`,
      send: (peer, tag, data) => {
        this.checkPeer(rank, peer);
        const channel = this.channel(rank.rank, peer, tag);
        const send = new SimulatedOperation(rank, data, `send(${peer}, tag ${tag})`, this.sends++);
        channel.sends.push(send);
        this.match(channel);
        return send;
      },
      receive: (peer, tag, into) => {
        this.checkPeer(rank, peer);
        const channel = this.channel(peer, rank.rank, tag);
        const receive = new SimulatedOperation(rank, into, `receive(${peer}, tag ${tag})`);
        channel.receives.push(receive);
        this.match(channel);
        return receive;
      },
    };
  }

  checkPeer(rank: SimulatedRank, peer: number): void {
    if (Number.isInteger(peer) && peer >= 0 && peer < this.ranks.length) return;
    throw new RangeError(`rank ${rank.rank} names peer ${peer} of ${this.ranks.length}`);
  }

  channel(source: number, destination: number, tag: number): Channel {
    const key = `${source} ${destination} ${tag}`;
    let channel = this.channels.get(key);
    if (channel === undefined) {
      channel = { sends: [], receives: [] };
      this.channels.set(key, channel);
    }
    return channel;
  }

  match({ sends, receives }: Channel): void {
    const [send, receive] = [sends[0], receives[0]];
    if (send === undefined || receive === undefined) return;
    sends.shift();
    receives.shift();
    const transfer = { send, receive, order: send.order };
    this.transfers.push(startOf(transfer), transfer.order, transfer);
  }

  /** Begins and ends the transfer that can begin first. Every rank must be waiting, so that no earlier one can come. */
  transferNext(): boolean {
    for (;;) {
      const first = this.transfers.pop();
      if (first === undefined) return false;
      const { key, value: transfer } = first;
      const start = startOf(transfer);
      if (start === key) {
        this.transfer(transfer, start);
        return true;
      }
      // Its ports were taken since it was put there.
      this.transfers.push(start, transfer.order, transfer);
    }
  }

  transfer({ send, receive }: Transfer, start: number): void {
    const bytes = send.data.length;
    const end = start + this.model.alpha + bytes * this.model.beta;
    send.owner.outPortFree = end;
    receive.owner.inPortFree = end;
    this.messages++;
    this.bytes += bytes;
    if (bytes > receive.data.length) {
      receive.error = new TsmpiError('ERR_TRUNCATE', `message of ${bytes} bytes, array of ${receive.data.length}`);
    } else {
      receive.data.set(send.data);
    }
    this.complete(send, bytes, end);
    this.complete(receive, bytes, end);
  }

  complete(operation: SimulatedOperation, bytes: number, time: number): void {
    operation.done = true;
    operation.bytes = bytes;
    operation.time = time;
    const { owner } = operation;
    if (owner.waiting.length > 0 && owner.waiting.every(({ done }) => done)) this.ready.push(owner);
  }

  /** Runs one rank until it waits for something that is not there, or ends. */
  advance(rank: SimulatedRank): void {
    const { program } = rank;
    // An operation that it does not wait for may complete before it runs again, and make it ready a second time.
    if (program === undefined || rank.outcome !== undefined || !rank.waiting.every(({ done }) => done)) return;
    try {
      for (;;) {
        for (const operation of rank.waiting) rank.clock = Math.max(rank.clock, timeOf(operation));
        const failed = rank.waiting.find(({ error }) => error !== undefined);
        rank.waiting = [];
        const next = failed === undefined ? program.next() : program.throw(failed.error);
        if (next.done === true) {
          rank.outcome = { value: next.value };
          return;
        }
        rank.waiting = next.value;
        if (!next.value.every(({ done }) => done)) return;
      }
    } catch (error) {
      rank.outcome = { error };
    }
  }

  run(): void {
    this.ready.push(...this.ranks);
    do {
      for (let rank = this.ready.pop(); rank !== undefined; rank = this.ready.pop()) this.advance(rank);
    } while (this.transferNext());
    for (const rank of this.ranks) {
      rank.outcome ??= { stuck: stuckIn(rank) };
    }
  }

  /** When the last rank ended. */
  get time(): number {
    let time = 0;
    for (const { clock, outPortFree, inPortFree } of this.ranks) time = Math.max(time, clock, outPortFree, inPortFree);
    return time;
  }

  /** Sends that nobody received. */
  get leftOver(): number {
    let count = 0;
    for (const { sends } of this.channels.values()) count += sends.length;
    return count;
  }
}

function startOf({ send, receive }: Transfer): number {
  return Math.max(send.time, receive.time, send.owner.outPortFree, receive.owner.inPortFree);
}

/** Every operation that a simulated exchange makes is a simulated one. */
function timeOf(operation: Operation): number {
  return operation instanceof SimulatedOperation ? operation.time : 0;
}

function whatOf(operation: Operation): string {
  return operation instanceof SimulatedOperation ? operation.what : 'an operation of something else';
}

function stuckIn(rank: SimulatedRank): string {
  const open = rank.waiting.filter(({ done }) => !done).map(whatOf);
  return `rank ${rank.rank} waits for ${open.join(', ')}`;
}

/** Runs one program per rank, and says what each came to; a rank that can never go on is `stuck`. */
export function simulatePrograms<R>(
  size: number,
  programOf: (exchange: Exchange, charge: (bytes: number) => void) => Program<R>,
  options: { readonly operation?: string; readonly model?: Model } = {},
): Simulation<R> {
  const { operation = 'program', model = noTime } = options;
  const network = new Network(size, model);
  for (const rank of network.ranks) {
    const charge = (bytes: number) => {
      rank.clock += bytes * model.gamma;
    };
    try {
      rank.program = programOf(network.exchangeOf(rank, operation), charge);
    } catch (error) {
      rank.outcome = { error };
    }
  }
  network.run();
  const outcomes = network.ranks.map(({ outcome }) => outcome as Outcome<R>);
  if (network.leftOver > 0 && outcomes.every((outcome) => 'value' in outcome)) {
    throw new Error(`${network.leftOver} messages were sent that nobody received`);
  }
  return { outcomes, time: network.time, messages: network.messages, bytes: network.bytes };
}

/** Runs one algorithm on all ranks. Throws what a rank throws, and when one is stuck. */
export function simulate(size: number, stepsOf: (rank: number) => Steps, model: Model = noTime): Simulation<void> {
  const simulation = simulatePrograms(size, (exchange, charge) => perform(exchange, stepsOf(exchange.rank), charge), {
    operation: 'algorithm',
    model,
  });
  const stuck = simulation.outcomes.flatMap((outcome) => ('stuck' in outcome ? [outcome.stuck] : []));
  for (const outcome of simulation.outcomes) if ('error' in outcome) throw outcome.error;
  if (stuck.length > 0) throw new Error(`deadlock: ${stuck.join('; ')}`);
  return simulation;
}
