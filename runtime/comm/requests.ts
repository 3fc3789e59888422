/** What this rank asks the launcher for, by way of its agent. */
import { type Header, Kind } from '../transport/header.ts';
import { type Payload, payloadOf } from '../transport/lane.ts';
import { Condition } from './condition.ts';
import type { Group } from './group.ts';
import type { Wire } from './wire.ts';

/** An answer that is yet to come. */
export class Answer extends Condition {
  readonly operation: string;
  readonly number: number;
  /** What it says, once it is there. */
  value: unknown = undefined;

  constructor(group: Group, operation: string, number: number) {
    super(group);
    this.operation = operation;
    this.number = number;
  }

  get where(): string {
    return this.group.where(this.operation);
  }

  ready(): boolean {
    return this.value !== undefined;
  }

  /** It comes from the launcher. */
  needs(): boolean {
    return false;
  }
}

const nobody = { code: 'ERR_ABORTED', words: 'the job is over' };

export class Requests {
  readonly #wire: Wire;
  readonly #open = new Map<number, Answer>();
  #asked = 0;
  #isOver = false;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Asks for `request`; the answer is for the caller to watch. */
  ask(group: Group, operation: string, request: object): Answer {
    this.#asked += 1;
    const answer = new Answer(group, operation, this.#asked);
    if (this.#isOver) answer.value = nobody;
    else {
      this.#open.set(answer.number, answer);
      this.#tell(answer.number, request);
    }
    return answer;
  }

  /** Nobody answers any more. */
  end(): void {
    this.#isOver = true;
    for (const answer of this.#open.values()) answer.value = nobody;
    this.#open.clear();
  }

  /** What was asked for is to begin. */
  start({ number }: Answer): void {
    this.#tell(number, { start: {} });
  }

  /** The same, where the launcher has something to say to that: what, is for the caller to watch. */
  startAndHear(answer: Answer): Answer {
    const second = new Answer(answer.group, answer.operation, answer.number);
    this.#open.set(second.number, second);
    this.start(second);
    return second;
  }

  /** What was asked for is not wanted any more, wherever it stands. */
  cancel({ number }: Answer): void {
    this.#open.delete(number);
    this.#tell(number, { cancel: {} });
  }

  /** The record of an answer. */
  answered(header: Header, lane: Payload, at: number): void {
    const answer = this.#open.get(header.sequence);
    if (answer === undefined) return;
    this.#open.delete(header.sequence);
    answer.value = JSON.parse(new TextDecoder().decode(payloadOf(header, lane, at)));
  }

  #tell(number: number, request: object): void {
    this.#wire.tellAgent(Kind.ask, number, new TextEncoder().encode(JSON.stringify(request)));
  }
}
