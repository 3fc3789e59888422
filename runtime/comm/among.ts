/** An exchange among some ranks of a communicator, numbered by their places in the list of them. */
import type { Exchange } from './program.ts';

/** `members` holds this rank. `shown`: how errors call the rank at a place; its number, when left out. */
export function among(exchange: Exchange, members: readonly number[], shown?: (place: number) => number): Exchange {
  const member = (place: number): number => members[place] ?? -1;
  return {
    rank: members.indexOf(exchange.rank),
    size: members.length,
    operation: exchange.operation,
    where: exchange.where,
    isMixed: exchange.isMixed,
    rankOf: shown ?? member,
    send: (place, step, data) => exchange.send(member(place), step, data),
    receive: (place, step, into) => exchange.receive(member(place), step, into),
  };
}
