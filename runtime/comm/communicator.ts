/** Communicators: a group of ranks, a message space of their own, and the collectives over them. */
import type {
  ArrayOf,
  CallOptions,
  Collectives,
  NeighborCollectives,
  NumericArray,
  NumericArrayConstructor,
  SyncCartesianCommunicator,
  SyncCommunicator,
  Window,
} from '../core/api.ts';
import type { Intercommunication } from '../core/intercommunication.ts';
import { endJob } from './abort.ts';
import { allocate } from './allocate.ts';
import { fromCaller } from './call-errors.ts';
import { Endpoint } from './endpoint.ts';
import type { Engine } from './engine.ts';
import { Forming } from './forming-calls.ts';
import { checkedCoords, checkedRank, checkShift } from './grid-checks.ts';
import { collectiveHost, type CollectiveHost } from './install.ts';
import { Host } from './exchange.ts';
import { Intercommunicator as InterCalls } from './intercommunicator.ts';
import { PointToPoint } from './point-to-point.ts';
import { BlockingCartesianCommunicator, BlockingCommunicator, refusingTwin } from './sync-communicator.ts';
import type { Formed } from './sharing.ts';
import type { Grid } from './topology.ts';
import { block } from './waits.ts';
import { RankWindow } from './window.ts';

/**
 * Two groups of ranks that reach each other (MPI's intercommunicator). `dest` and `source` count on the other side.
 *
 * @example
 * import { parent } from 'tsmpi';
 * if (parent !== null) await parent.send('ready', { dest: 0 });
 */
// With its types, because each makes the other.
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface Intercommunicator extends Intercommunication<Communicator> {}

const revokedHere = {
  code: 'ERR_REVOKED',
  what: 'this rank revoked the communicator',
  remedy: 'make another one of the ranks that are left (shrink), or of an older communicator (dup)',
} as const;

// The collectives are given from outside (`install.ts`): the runtime does not import them, so their types are merged
// in.
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface Communicator extends Collectives {}

/**
 * A group of ranks, and messages and collectives among them that never meet those of another communicator. New ones are
 * made from old ones, by all ranks of the old one together (but for `createGroup`), which call in the same order.
 *
 * @example
 * const half = await world.split(world.rank % 2);
 * console.log(await half?.allreduce(world.rank));
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class Communicator extends Endpoint implements AsyncDisposable {
  /** The blocking twin: the same calls without promises, for tight numeric loops. */
  readonly sync: SyncCommunicator;
  /** @internal */
  readonly [collectiveHost]: CollectiveHost;
  readonly #forming: Forming;
  readonly #formed: Formed;

  /** @internal Users get communicators from `world`. */
  constructor(engine: Engine, formed: Formed, Blocking = BlockingCommunicator) {
    super(engine, formed.group);
    engine.communicators.enter(formed.group);
    this.#formed = formed;
    const host = new Host(engine, formed);
    this[collectiveHost] = host;
    this.#forming = new Forming(engine, formed.group, host);
    const { isAttached } = engine.context;
    const point = new PointToPoint(engine, formed.group, true);
    const twin: unknown = isAttached === true ? refusingTwin(formed.group) : new Blocking(point, host);
    this.sync = twin as SyncCommunicator;
  }

  /**
   * Collective: a communicator of the ranks that pass the same colour (an integer), in order of their keys (0 when left
   * out), then of their ranks here. `null` takes no part, and gets null. (MPI_Comm_split)
   */
  async split(color: number | null, options?: CallOptions & { key?: number }): Promise<Communicator | null> {
    const formed = await this.#forming.split(color, options);
    return formed === null ? null : new Communicator(this.engine, formed);
  }

  /** Collective: a communicator of the ranks that share memory with this one (MPI_COMM_TYPE_SHARED). */
  async splitShared(options?: CallOptions): Promise<Communicator> {
    return new Communicator(this.engine, await this.#forming.splitShared(options));
  }

  /** Collective: the same ranks with a message space of their own (MPI_Comm_dup). */
  async dup(options?: CallOptions): Promise<Communicator> {
    return new Communicator(this.engine, await this.#forming.dup(options));
  }

  /**
   * A communicator of `ranks` of this one, in that order, made by them alone: only they call, all with the same list
   * (MPI_Comm_create_group). Calls that overlap need tags of their own.
   */
  async createGroup(ranks: readonly number[], options?: CallOptions & { tag?: number }): Promise<Communicator> {
    return new Communicator(this.engine, await this.#forming.group(ranks, options));
  }

  /**
   * Collective: a grid of these ranks, row-major and never reordered; ranks past the grid get null (MPI_Cart_create).
   * @example const grid = await world.cartesian(balancedDims(world.size, 2), { periodic: [true, true] });
   */
  async cartesian(
    dims: readonly number[],
    options?: CallOptions & { periodic?: readonly boolean[] },
  ): Promise<CartesianCommunicator | null> {
    const { grid, formed } = await this.#forming.cartesian(dims, options);
    return formed === null ? null : new CartesianCommunicator(this.engine, formed, grid);
  }

  /**
   * Collective: starts `ranks` more ranks of `script` in the running job; their `world` is theirs alone, and its
   * `parent` leads to the ranks of this communicator (MPI_Comm_spawn). All pass the same. A relative path counts from
   * the folder of the program that calls.
   *
   * Rejects on every rank with ERR_LAUNCH, and with nothing started, when the script is not there, cannot be bundled or
   * its sandboxes do not start; with ERR_MISMATCH when ranks pass different things, with ERR_UNSUPPORTED outside
   * `tsmpirun`. While it waits nothing of the script has run, and a call that is cancelled takes all of it back.
   * @example
   * const workers = await world.spawn('worker.ts', { ranks: 4, args: ['--fast'] });
   * await workers.send('begin', { dest: 0 });
   */
  async spawn(
    script: string | URL,
    options: CallOptions & { ranks: number; args?: readonly string[] },
  ): Promise<Intercommunicator> {
    const sides = await this.#forming.spawn(script, options);
    return new InterCalls(this.engine, sides, (formed) => new Communicator(this.engine, formed));
  }

  /**
   * Collective, on both sides: meets the ranks of another job of the same mesh, which is named `job` and connects with
   * the name of this one (MPI_Comm_connect and MPI_Comm_accept in one). It waits until they do, unless that job ends.
   * `merge` puts the job that was launched later second.
   *
   * Rejects on every rank with ERR_RANK_FAILED when that job ends, or is over, first; with ERR_MISMATCH when ranks name
   * different jobs; with ERR_UNSUPPORTED where no other job can be: under `tsmpirun` and `launch`. Jobs that are to
   * meet are started by one `createMesh`.
   * @example
   * const solver = await world.connect('solver');
   * const { data } = await solver.recv({ source: 0 });
   */
  async connect(job: string, options?: CallOptions): Promise<Intercommunicator> {
    const sides = await this.#forming.connect(job, options);
    return new InterCalls(this.engine, sides, (formed) => new Communicator(this.engine, formed));
  }

  /**
   * An array of zeros in the memory that the ranks of this host share, so that calls reach it without copying it there.
   * It is an array like any other; its memory serves again when no view of its buffer is left and the event loop has
   * turned, so a program that only ever blocks allocates before its loop. Where ranks share no memory, or its room for
   * arrays is used up, the array lies in ordinary memory, and everything works the same (`isShared` tells).
   *
   * Throws ERR_TYPE for what is no type of numeric array, ERR_COUNT for what is no length or too long.
   * @example const field = world.alloc(Float64Array, 1_000_000);
   */
  alloc<C extends NumericArrayConstructor>(type: C, length: number): ArrayOf<C> {
    try {
      return allocate(this.engine, this.group, type, length);
    } catch (error) {
      throw fromCaller(error, null);
    }
  }

  /** True when `array`, which `alloc` gave or which shares memory with one that it gave, is in shared memory. */
  isShared(array: NumericArray): boolean {
    return this.engine.host.offsetOf(array) >= 0;
  }

  /**
   * Collective: a window on arrays of `length` elements, which may differ between ranks; each starts as zeros
   * (MPI_Win_allocate). It ends with its disposal, which is collective too, or with the job.
   *
   * Rejects with ERR_TYPE for what is no type of numeric array, ERR_COUNT for what is no length, ERR_MISMATCH where
   * types differ, ERR_UNSUPPORTED on every rank where one has no room.
   * @example
   * await using table = await world.window(Float64Array, 1000);
   * await table.put(Float64Array.of(1, 2), { target: 0, offset: 10 });
   */
  async window<C extends NumericArrayConstructor>(
    type: C,
    length: number,
    options?: CallOptions,
  ): Promise<Window<ArrayOf<C>>> {
    return new RankWindow<ArrayOf<C>>(await this.#forming.window(type, length, options));
  }

  /**
   * Ends every call on this communicator, outstanding or to come, on each of its ranks, with ERR_REVOKED
   * (MPIX_Comm_revoke): what a rank does that cannot go on because another one failed, so that nobody waits for it.
   */
  revoke(): void {
    this.engine.communicators.revoke(this.group, revokedHere);
  }

  /**
   * Collective over the ranks that are alive, also of a revoked communicator: they make one of themselves, in the same
   * order, whoever fails meanwhile (MPIX_Comm_shrink).
   * @example
   * try {
   *   await comm.barrier();
   * } catch {
   *   comm.revoke();
   *   comm = await comm.shrink();
   * }
   */
  async shrink(options?: CallOptions): Promise<Communicator> {
    return new Communicator(this.engine, await this.#forming.shrink(options));
  }

  /**
   * Collective over the ranks that are alive, also of a revoked communicator: the bitwise AND of their flags (integers
   * of 32 bits), the same on each of them, whoever fails meanwhile (MPIX_Comm_agree).
   */
  agree(flags: number, options?: CallOptions): Promise<number> {
    return this.#forming.agree(flags, options);
  }

  /** Ends the job: `tsmpirun` exits with `exitCode` (0 to 255), every other rank's calls reject with ERR_ABORTED. */
  abort(exitCode = 1, reason = ''): never {
    return block(this.engine, () => endJob(this.engine, this.group, exitCode, reason));
  }

  /**
   * Collective: waits until every rank is done with this communicator, whose calls are refused from then on
   * (MPI_Comm_free). `world` and `self` cannot be disposed: ERR_ARGUMENT.
   * @example await using pair = await world.dup();
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#forming.dispose(this.#formed);
  }
}

/**
 *
 * @example
 * const grid = await world.cartesian(balancedDims(world.size, 2), { periodic: [true, true] });
 * const { source, dest } = grid?.shift(0) ?? { source: PROC_NULL, dest: PROC_NULL };
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface CartesianCommunicator extends NeighborCollectives {}

/** Ranks in a grid of any number of dimensions, each periodic or not. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class CartesianCommunicator extends Communicator {
  declare readonly sync: SyncCartesianCommunicator;
  readonly #grid: Grid;

  /** @internal Users get them from `cartesian`. */
  constructor(engine: Engine, formed: Formed, grid: Grid) {
    super(engine, { ...formed, neighbours: grid.neighbours(formed.group.rank) }, BlockingCartesianCommunicator);
    this.#grid = grid;
  }

  get dims(): readonly number[] {
    return this.#grid.dims;
  }

  get periodic(): readonly boolean[] {
    return this.#grid.periodic;
  }

  /** Of this rank. */
  get coords(): readonly number[] {
    return this.#grid.coordsOf(this.rank);
  }

  /** The rank at `coords`, which wrap along periodic dimensions; PROC_NULL outside the others. */
  rankOf(coords: readonly number[]): number {
    return this.#grid.rankOf(checkedCoords(this.group, this.#grid, coords));
  }

  coordsOf(rank: number): number[] {
    return this.#grid.coordsOf(checkedRank(this.group, rank));
  }

  /** Where a shift along `dimension` comes from and goes to (MPI_Cart_shift). `displacement` is 1 when left out. */
  shift(dimension: number, displacement = 1): { source: number; dest: number } {
    checkShift(this.group, this.#grid, dimension, displacement);
    const at = (by: number): number => this.#grid.neighbour(this.rank, dimension, by);
    return { source: at(-displacement), dest: at(displacement) };
  }
}
