/** An exchange among some ranks of a communicator, numbered by their places in the list of them. */
import type { Exchange } from '../../runtime/comm/program.ts';

/** `members`, in ascending order, holds this rank. */
export function among(exchange: Exchange, members: readonly number[]): Exchange {
  const member = (place: number): number => members[place] ?? -1;
  return {
    rank: members.indexOf(exchange.rank),
    size: members.length,
    operation: exchange.operation,
    where: exchange.where,
    rankOf: member,
    send: (place, step, data) => exchange.send(member(place), step, data),
    receive: (place, step, into) => exchange.receive(member(place), step, into),
  };
}
