/** What programs wait for in shared memory. */
import type { Condition } from './condition.ts';
import type { Group } from './group.ts';

export class Conditions {
  #watched: Condition[] = [];

  get empty(): boolean {
    return this.#watched.length === 0;
  }

  add(condition: Condition): void {
    this.#watched.push(condition);
  }

  /**
   * Looks at each once, and completes those that hold. Where ranks are gone, `never` says why others never will; null
   * while they may.
   */
  look(never: ((condition: Condition) => Error | null) | null): void {
    const watched = this.#watched;
    for (const condition of watched) {
      if (condition.done) continue;
      if (condition.ready()) condition.complete();
      else if (never !== null) {
        const error = never(condition);
        if (error !== null) condition.complete(error);
      }
    }
    // What a completion started is in the list already.
    if (watched.some(({ done }) => done)) this.#watched = this.#watched.filter(({ done }) => !done);
  }

  /** Forgets one that is done, where that is quick: calls that follow one another come and go at the end. */
  drop(condition: Condition): void {
    if (this.#watched[this.#watched.length - 1] === condition) this.#watched.pop();
  }

  /** Ends those of one communicator. */
  endOf(group: Group, reason: (condition: Condition) => Error): void {
    const watched = this.#watched;
    for (const condition of watched) {
      if (condition.group === group && !condition.outlivesRevocation) condition.complete(reason(condition));
    }
    this.#watched = this.#watched.filter(({ done }) => !done);
  }

  /** Ends all of them. */
  endAll(reason: (condition: Condition) => Error): void {
    for (const condition of this.#watched) condition.complete(reason(condition));
    this.#watched = [];
  }
}
