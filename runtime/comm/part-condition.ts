/** Waiting for something at one rank's part of a window. */
import { Condition } from './condition.ts';
import type { Group } from './group.ts';

/** Whose part of which window, and the type of its elements. */
export interface PartName {
  readonly group: Group;
  readonly number: number;
  readonly format: number;
  readonly target: number;
}

export abstract class PartCondition extends Condition {
  readonly operation: string;
  readonly part: PartName;

  constructor(part: PartName, operation: string) {
    super(part.group);
    this.part = part;
    this.operation = operation;
  }

  get where(): string {
    return this.group.where(`${this.operation}(target ${String(this.part.target)})`);
  }

  /** Its agent, or the segment, serves the part of a rank that has returned. */
  needs(world: number, gone: 'returned' | 'failed'): boolean {
    return gone === 'failed' && world === this.group.worldOf(this.part.target);
  }
}
