/**
 * Which message goes to which receive: a pure state machine. Messages of one (context, source) are matched in the order
 * of their arrival, receives in the order in which they were posted (MPI-4, section 3.5).
 */
import { ANY_SOURCE, ANY_TAG } from './constants.ts';
import { Chain, type Link } from './chain.ts';

/** A message as matching sees it. */
export interface Arrival extends Link<Arrival> {
  readonly context: number;
  /** World rank. */
  readonly source: number;
  readonly tag: number;
  /** Place in the order of arrival; given by `number`. */
  order: number;
}

/** A receive as matching sees it. */
export interface Posted extends Link<Posted> {
  readonly context: number;
  /** World rank or ANY_SOURCE. */
  readonly source: number;
  /** Or ANY_TAG. */
  readonly tag: number;
  /** Place in the order of posting; given by `number`. */
  order: number;
}

interface Context {
  /** Messages that nobody waits for yet, by source. */
  readonly arrived: Map<number, Chain<Arrival>>;
  /** Receives that wait, by source; those from anywhere under ANY_SOURCE. */
  readonly posted: Map<number, Chain<Posted>>;
}

export class Matching<A extends Arrival, P extends Posted> {
  readonly #contexts = new Map<number, Context>();
  #arrivals = 0;
  #posts = 0;
  /** Messages that are kept and receives that wait, all together. */
  #held = 0;

  /** Gives a message its place in the order of arrival. */
  numberArrival(message: A): void {
    this.#arrivals += 1;
    message.order = this.#arrivals;
  }

  /** Gives a receive its place in the order of posting. */
  numberPosted(receive: P): void {
    this.#posts += 1;
    receive.order = this.#posts;
  }

  /** The oldest waiting message for (context, source or ANY_SOURCE, tag or ANY_TAG); it stays in its queue. */
  find(context: number, source: number, tag: number): A | null {
    const arrived = this.#contexts.get(context)?.arrived;
    if (arrived === undefined) return null;
    if (source !== ANY_SOURCE) return firstOfTag(arrived.get(source), tag) as A | null;
    let oldest: Arrival | null = null;
    for (const chain of arrived.values()) {
      const candidate = firstOfTag(chain, tag);
      if (candidate !== null && (oldest === null || candidate.order < oldest.order)) oldest = candidate;
    }
    return oldest as A | null;
  }

  /** True when nothing waits here that a message of (context, source) could belong to, or has to come after. */
  vacant(context: number, source: number): boolean {
    if (this.#held === 0) return true;
    const queues = this.#contexts.get(context);
    if (queues === undefined) return true;
    const { arrived, posted } = queues;
    return isEmpty(arrived.get(source)) && isEmpty(posted.get(source)) && isEmpty(posted.get(ANY_SOURCE));
  }

  /** Keeps a numbered message until a receive wants it, at its place in the order of arrival. */
  keep(message: A): void {
    this.#held += 1;
    insertInOrder(chainOf(this.#context(message.context).arrived, message.source), message);
  }

  /** The oldest posted receive that wants a message of (context, source, tag), taken off its queue. */
  match(context: number, source: number, tag: number): P | null {
    const posted = this.#contexts.get(context)?.posted;
    if (posted === undefined) return null;
    const exact = firstWanting(posted.get(source), tag);
    const any = firstWanting(posted.get(ANY_SOURCE), tag);
    const receive = exact === null || (any !== null && any.order < exact.order) ? any : exact;
    if (receive !== null) this.remove(receive as P);
    return receive as P | null;
  }

  /** Lets a numbered receive wait, at its place in the order of posting. */
  post(receive: P): void {
    this.#held += 1;
    insertInOrder(chainOf(this.#context(receive.context).posted, receive.source), receive);
  }

  /** Takes a kept message or a waiting receive off its queue; nothing when it is in none. */
  remove(item: A | P): void {
    if (item.chain === null) return;
    item.chain.remove(item as never);
    this.#held -= 1;
  }

  /** Every waiting receive that `wanted` holds for, taken off its queue. */
  takePosted(wanted: (receive: P) => boolean): P[] {
    const taken: P[] = [];
    for (const { posted } of this.#contexts.values()) {
      for (const chain of posted.values()) collect(chain, wanted as (item: Posted) => boolean, taken as Posted[]);
    }
    this.#held -= taken.length;
    return taken;
  }

  /** Every kept message that `wanted` holds for, taken off its queue. */
  takeArrived(wanted: (message: A) => boolean): A[] {
    const taken: A[] = [];
    for (const { arrived } of this.#contexts.values()) {
      for (const chain of arrived.values()) collect(chain, wanted as (item: Arrival) => boolean, taken as Arrival[]);
    }
    this.#held -= taken.length;
    return taken;
  }

  /** Nothing is left of a context, and nothing more comes. */
  forget(context: number): void {
    this.#contexts.delete(context);
  }

  #context(id: number): Context {
    let context = this.#contexts.get(id);
    if (context === undefined) {
      context = { arrived: new Map(), posted: new Map() };
      this.#contexts.set(id, context);
    }
    return context;
  }
}

function isEmpty(chain: { readonly first: unknown } | undefined): boolean {
  return chain === undefined || chain.first === null;
}

function chainOf<T extends Link<T>>(chains: Map<number, Chain<T>>, source: number): Chain<T> {
  let chain = chains.get(source);
  if (chain === undefined) {
    chain = new Chain<T>();
    chains.set(source, chain);
  }
  return chain;
}

function firstOfTag(chain: Chain<Arrival> | undefined, tag: number): Arrival | null {
  let message = chain === undefined ? null : chain.first;
  if (tag === ANY_TAG) return message;
  while (message !== null && message.tag !== tag) message = message.next;
  return message;
}

function firstWanting(chain: Chain<Posted> | undefined, tag: number): Posted | null {
  let receive = chain === undefined ? null : chain.first;
  while (receive !== null && receive.tag !== tag && receive.tag !== ANY_TAG) receive = receive.next;
  return receive;
}

/** Nearly always at the end; only what was matched once and came back has an earlier place. */
function insertInOrder<T extends Link<T> & { order: number }>(chain: Chain<T>, item: T): void {
  let after = chain.last;
  while (after !== null && after.order > item.order) after = after.previous;
  chain.insert(item, after);
}

function collect<T extends Link<T>>(chain: Chain<T>, wanted: (item: T) => boolean, into: T[]): void {
  let item = chain.first;
  while (item !== null) {
    const { next } = item;
    if (wanted(item)) {
      chain.remove(item);
      into.push(item);
    }
    item = next;
  }
}
