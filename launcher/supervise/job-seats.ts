/** What a job has the rendezvous say: to its own sandboxes, and of them to those of other jobs. */
import type { FailedRanks } from '../../runtime/rendezvous/options.ts';
import type { RendezvousService } from '../../runtime/rendezvous/service.ts';
import type { FreeNumbers } from './placement.ts';
import type { Sandboxes } from './sandboxes.ts';
import type { World } from './world.ts';

export class JobSeats {
  readonly #service: RendezvousService;
  readonly #sandboxes: Sandboxes;
  readonly #attached: FreeNumbers | null;

  /** `attached`: where the launching program is in the mesh, if it is. */
  constructor(service: RendezvousService, sandboxes: Sandboxes, attached: FreeNumbers | null) {
    this.#service = service;
    this.#sandboxes = sandboxes;
    this.#attached = attached;
  }

  roster({ sandboxes }: World): void {
    this.#service.roster(sandboxes);
  }

  go({ sandboxes }: World): void {
    this.#service.go(sandboxes);
  }

  forgo({ sandboxes }: World): void {
    this.#service.forgo(sandboxes);
  }

  failed(failure: FailedRanks): void {
    this.#service.failed(failure);
  }

  /** Ends the job of all of its sandboxes. Ranks of other jobs may count on `lost`, which have not returned. */
  abort(exitCode: number, reason: string, lost: readonly number[]): void {
    const { indexes } = this.#sandboxes;
    const all = this.#attached === null ? indexes : [...indexes, this.#attached.sandbox];
    this.#service.abort({ exitCode, reason }, all);
    if (lost.length > 0) this.#service.failed({ ranks: lost, reason: `their job ended: ${reason}` }, all);
  }

  /** The launching program, where it is in the mesh, takes what they have sent, and leaves when they have. */
  goodbye(): void {
    this.#service.goodbye(this.#sandboxes.indexes);
  }
}
