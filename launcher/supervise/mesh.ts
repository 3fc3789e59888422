/**
 * A mesh: what its jobs stand on, from before the first to after the last. It owns the directory, the backend and the
 * rendezvous, gives out numbers, and passes what the rendezvous tells on to the job that it is about.
 */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { TsmpiError } from '../../runtime/core/errors.ts';
import { meshRanksMax } from '../../runtime/core/limits.ts';
import type { AbortOrder, Ask, RankOver, RendezvousEvents } from '../../runtime/rendezvous/options.ts';
import { RendezvousService } from '../../runtime/rendezvous/service.ts';
import type { Backend } from '../backends/backend.ts';
import { createBackend } from '../backends/create-backend.ts';
import { createJobDirectory, type JobDirectory } from '../job-directory.ts';
import type { BackendName } from '../job-spec.ts';
import { Meetings } from './meetings.ts';
import type { Member } from './member.ts';
import { thisPackage } from './package-root.ts';
import type { FreeNumbers } from './placement.ts';
import { firstEpoch, socketOf } from './plan.ts';

export interface MeshOptions {
  /** One built by hand stays its owner's and is not disposed of. */
  readonly backend: BackendName | Backend;
  /** Whether other jobs may come beside the first. */
  readonly isOpen: boolean;
  /** Takes what the user should know. */
  readonly tell: (text: string) => void;
}

export class Mesh implements RendezvousEvents {
  readonly id = randomBytes(16).toString('hex');
  /** Who has it can be in the mesh. */
  readonly secret = randomBytes(32).toString('hex');
  readonly directory: JobDirectory;
  readonly isOpen: boolean;
  readonly #options: MeshOptions;
  readonly #members = new Set<Member>();
  readonly #starting = new Set<Promise<unknown>>();
  /** By index of a sandbox: whose it is. */
  readonly #homes = new Map<number, Member>();
  /** Names of jobs that were here. */
  readonly #left = new Set<string>();
  readonly #meetings: Meetings;
  #backend: Promise<Backend> | null = null;
  #service: Promise<RendezvousService> | null = null;
  #answers: RendezvousService | null = null;
  #free: FreeNumbers = { rank: 0, sandbox: 0 };
  #jobs = 0;
  #closing: Promise<void> | null = null;

  static async open(options: MeshOptions): Promise<Mesh> {
    return new Mesh(await createJobDirectory(), options);
  }

  private constructor(directory: JobDirectory, options: MeshOptions) {
    this.directory = directory;
    this.isOpen = options.isOpen;
    this.#options = options;
    this.#meetings = new Meetings(
      (answer) => this.#answers?.answer(answer),
      (name) => this.#left.has(name) && ![...this.#members].some((member) => member.name === name),
    );
  }

  /** The same for all its jobs. */
  get backend(): Promise<Backend> {
    this.#backend ??= this.#chooseBackend();
    return this.#backend;
  }

  get service(): Promise<RendezvousService> {
    this.#service ??= this.#serve();
    return this.#service;
  }

  /** Ranks of jobs that are here. */
  get ranks(): number {
    return [...this.#members].reduce((sum, { size }) => sum + size, 0);
  }

  /** Numbers for so many ranks and sandboxes, which are given once. Throws ERR_LAUNCH when there are none left. */
  take(ranks: number, sandboxes: number): FreeNumbers {
    const free = this.#free;
    if (free.rank + ranks > meshRanksMax) {
      throw new TsmpiError(
        'ERR_LAUNCH',
        `the mesh has numbered ${String(free.rank)} ranks, and can number ${String(meshRanksMax)}`,
        { where: 'launch', remedy: 'make another mesh' },
      );
    }
    this.#free = { rank: free.rank + ranks, sandbox: free.sandbox + sandboxes };
    return free;
  }

  /** The number of the next job. Throws ERR_LAUNCH when the mesh ends. */
  nextJob(): number {
    this.#checkStands();
    this.#jobs += 1;
    return this.#jobs - 1;
  }

  /** A job is being started: the mesh does not end before it is known what of. */
  during<T>(start: Promise<T>): Promise<T> {
    const over: Promise<unknown> = start.catch(() => undefined).finally(() => this.#starting.delete(over));
    this.#starting.add(over);
    return start;
  }

  /** Throws ERR_ARGUMENT when another one that is here has its name, ERR_LAUNCH when the mesh ends. */
  enter(member: Member): void {
    this.#checkStands();
    for (const { name } of this.#members) {
      if (name !== member.name) continue;
      throw new TsmpiError('ERR_ARGUMENT', `the mesh has a job called ${JSON.stringify(name)} already`, {
        where: 'launch',
        operation: 'launch',
        remedy: 'give this one another name, or wait for the end of that one',
      });
    }
    this.#members.add(member);
  }

  /** From now on, what is about these sandboxes is for `member`. */
  expect(member: Member, indexes: readonly number[]): void {
    for (const index of indexes) this.#homes.set(index, member);
  }

  /** The rank can no longer meet anybody. */
  rankGone(rank: number): void {
    this.#meetings.over(rank);
  }

  /** Nothing of it is left. */
  async leave(member: Member): Promise<void> {
    const indexes = [...this.#homes].filter(([, each]) => each === member).map(([index]) => index);
    for (const index of indexes) this.#homes.delete(index);
    for (const index of indexes) await rm(socketOf(this.directory, index), { force: true });
    this.#members.delete(member);
    this.#left.add(member.name);
    this.#meetings.ended(member);
    (await this.service).forget(indexes);
  }

  /** Ends its jobs and removes all. Rejects when something could not be removed. */
  close(reason = 'the mesh was disposed of'): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  #checkStands(): void {
    if (this.#closing === null) return;
    throw new TsmpiError('ERR_LAUNCH', 'the mesh was disposed of', { where: 'launch', operation: 'launch' });
  }

  async #close(reason: string): Promise<void> {
    for (const { job } of this.#members) job.end({ kind: 'killed', reason });
    await Promise.all(this.#starting);
    await Promise.all([...this.#members].map((member) => member.done()));
    const faults: unknown[] = [];
    const steps = [
      async () => (await this.#service)?.close(),
      async () => {
        const backend = await this.#backend?.catch(() => null);
        if (typeof this.#options.backend === 'string') await backend?.[Symbol.asyncDispose]();
      },
      () => this.directory.dispose(),
    ];
    for (const step of steps) await step().catch((error: unknown) => faults.push(error));
    if (faults.length > 0) throw faults[0];
  }

  async #chooseBackend(): Promise<Backend> {
    const { backend: wanted, tell } = this.#options;
    if (typeof wanted === 'object') return wanted;
    const { backend, notice } = await createBackend(wanted, { jobDirectory: this.directory, log: tell });
    if (notice !== undefined) tell(notice);
    return backend;
  }

  async #serve(): Promise<RendezvousService> {
    const scope = { meshId: this.id, epoch: firstEpoch, tsmpiVersion: thisPackage().version };
    this.#answers = await RendezvousService.start({ ...scope, address: this.directory.rendezvousPath }, this);
    return this.#answers;
  }

  // What the rendezvous tells, to whom it is about.

  joined(index: number): void {
    this.#homes.get(index)?.job.joined(index);
  }

  connected(index: number): void {
    this.#homes.get(index)?.job.connected(index);
  }

  output(index: number, rank: number, stream: 1 | 2, bytes: Uint8Array): void | Promise<void> {
    return this.#homes.get(index)?.job.output(index, rank, stream, bytes);
  }

  outputOver(index: number, rank: number): void {
    this.#homes.get(index)?.job.outputOver(index, rank);
  }

  rankOver(index: number, over: RankOver): void {
    this.#homes.get(index)?.job.rankOver(index, over);
  }

  abortRequested(index: number, order: AbortOrder): void {
    this.#homes.get(index)?.job.abortRequested(index, order);
  }

  asked(index: number, ask: Ask): void {
    const member = this.#homes.get(index);
    if (member === undefined) return;
    if ('connect' in ask.request && !this.isOpen) {
      const words = 'no other job can be in its mesh; launch both in one mesh (createMesh of tsmpi/launcher)';
      const { rank, number } = ask;
      this.#answers?.answer({ rank, number, result: { code: 'ERR_UNSUPPORTED', words } });
    } else if (!this.#meetings.asked(member, ask)) member.job.asked(index, ask);
  }

  goodbye(index: number): void {
    this.#homes.get(index)?.job.goodbye(index);
  }

  lost(index: number, why: string): void {
    this.#homes.get(index)?.job.lost(index, why);
  }

  refused(why: string): void {
    this.#options.tell(`tsmpirun: the rendezvous refused a caller: ${why}`);
  }
}
