/** A doubly linked list whose links lie in its items: adding and removing cost nothing and allocate nothing. */

/** What an item must have to be in a chain. An item is in at most one chain at a time. */
export interface Link<T> {
  previous: T | null;
  next: T | null;
  /** The chain it is in. (`never`: an item knows no better than that it is removed from there as itself.) */
  chain: { remove(item: never): void } | null;
}

export class Chain<T extends Link<T>> {
  first: T | null = null;
  last: T | null = null;

  /** Puts `item` behind `after`, or at the front when `after` is null. */
  insert(item: T, after: T | null): void {
    const before = after === null ? this.first : after.next;
    item.previous = after;
    item.next = before;
    item.chain = this;
    if (after === null) this.first = item;
    else after.next = item;
    if (before === null) this.last = item;
    else before.previous = item;
  }

  /** Takes `item`, which is in this chain, out of it. */
  remove(item: T): void {
    if (item.previous === null) this.first = item.next;
    else item.previous.next = item.next;
    if (item.next === null) this.last = item.previous;
    else item.next.previous = item.previous;
    item.previous = null;
    item.next = null;
    item.chain = null;
  }
}
