/**
 * Moves records between the rings of this sandbox's ranks and the mesh. It never blocks: what one link or one rank
 * cannot take now waits in a list of its own, and the others go on.
 */
import { TsmpiError } from '../core/errors.ts';
import { pollRecordsMax } from '../core/limits.ts';
import { Kind } from '../transport/header.ts';
import { createHeader, destinationOf, encodeHeader, kindOf } from '../transport/header-codec.ts';
import type { Segment } from '../transport/segment.ts';
import type { LinkOpening } from '../core/links.ts';
import type { SandboxPlace } from './bootstrap.ts';
import { Inbox } from './inbox.ts';
import { type FrameSender, Outbound } from './outbound.ts';
import { serveAccess } from './window-service.ts';

export interface RouterOptions {
  readonly segment: Segment;
  readonly sandboxes: readonly SandboxPlace[];
  /** Index of this sandbox. */
  readonly sandbox: number;
  readonly epoch: number;
  /** When the mesh opens its links. */
  readonly links: LinkOpening;
}

/** Where the router sends to, and who takes what ranks say to their agent. */
export interface RouterLinks extends FrameSender {
  told(sandbox: number, record: Uint8Array): void;
}

export class Router {
  readonly #options: RouterOptions;
  readonly #segment: Segment;
  readonly #own: SandboxPlace;
  /** Rank → index of its sandbox. */
  readonly #sandboxOf = new Map<number, number>();
  /** By index: the other sandboxes. */
  readonly #places = new Map<number, SandboxPlace>();
  readonly #outbound = new Map<number, Outbound>();
  /** By local endpoint; undefined once the rank is over. */
  readonly #inboxes: (Inbox | undefined)[];
  readonly #mesh: RouterLinks;
  /** Ranks of this sandbox that have returned. */
  readonly #departed: number[] = [];
  /** Who waits until nothing waits for a link. */
  #onHanded: (() => void) | null = null;

  constructor(options: RouterOptions, mesh: RouterLinks) {
    const { segment, sandboxes, sandbox, links } = options;
    const own = sandboxes.find(({ index }) => index === sandbox);
    if (own === undefined) throw new RangeError(`sandbox ${String(sandbox)} of ${String(sandboxes.length)}`);
    this.#options = options;
    this.#mesh = mesh;
    this.#segment = segment;
    this.#own = own;
    for (const place of sandboxes) if (place !== own) this.#add(place, links);
    this.#inboxes = Array.from({ length: own.ranks }, (_, local) => new Inbox(segment.queue(segment.agent, local)));
  }

  /** Sandboxes of other worlds: links to them open on use. */
  meet(newcomers: readonly SandboxPlace[]): void {
    for (const place of newcomers) if (!this.#places.has(place.index)) this.#add(place, 'onUse');
  }

  /** The ranks of another sandbox; none of one that nobody has told of. */
  ranksOf(sandbox: number): readonly number[] {
    const { firstRank, ranks } = this.#places.get(sandbox) ?? { firstRank: 0, ranks: 0 };
    return Array.from({ length: ranks }, (_, nth) => firstRank + nth);
  }

  /**
   * Takes what the ranks have written and gives them what waits for them. True: it stopped before the rings were empty,
   * so that sockets get their turn; call again.
   */
  poll(): boolean {
    let more = false;
    this.#segment.readyQueues(this.#segment.agent, (local) => {
      const lane = this.#segment.queue(local, this.#segment.agent);
      for (let taken = 0; taken < pollRecordsMax; taken += 1) {
        if (!lane.tryRead(this.#sendOut)) return;
      }
      lane.markReady();
      more = true;
    });
    for (const inbox of this.#inboxes) inbox?.flush();
    return more;
  }

  /** True when everything that the rank has written for other sandboxes is with their links. */
  isDrained(local: number): boolean {
    return this.#segment.queue(local, this.#segment.agent).empty;
  }

  /** A checked frame of another sandbox. Throws ERR_PROTOCOL when its sender passes its credit. */
  receive(from: number, frame: Uint8Array): void {
    if (kindOf(frame) === Kind.departed) {
      // One frame for all ranks of this sandbox; each hears of it behind what the departed rank has sent to it.
      for (const [local] of this.#inboxes.entries()) this.#deliver(from, local, frame);
    } else if (kindOf(frame) === Kind.access) {
      this.#sendOut(serveAccess(this.#segment, destinationOf(frame) - this.#own.firstRank, frame));
    } else this.#deliver(from, destinationOf(frame) - this.#own.firstRank, frame);
  }

  /** The link takes frames again. */
  drained(sandbox: number): void {
    this.#outbound.get(sandbox)?.drained();
    this.#lookHanded();
  }

  /** The link is gone: what waits for it, and what comes for it, is dropped. */
  down(sandbox: number): void {
    this.#outbound.get(sandbox)?.down();
    this.#lookHanded();
  }

  /** Resolves when all that was sent so far is with links, or their ends are gone. */
  handed(): Promise<void> {
    return new Promise((resolve) => {
      this.#onHanded = resolve;
      this.#lookHanded();
    });
  }

  /** A local rank has ended and reads no more. */
  closeInbox(local: number): void {
    this.#inboxes[local] = undefined;
  }

  /**
   * Tells every other rank that local rank `local` has returned, behind everything that it has sent. To
   * sandboxes without a link the launcher tells it.
   */
  announceDeparture(local: number): void {
    const source = this.#own.firstRank + local;
    this.#departed.push(source);
    for (const [index, outbound] of this.#outbound) if (!outbound.isUnused) this.#sendDeparture(index, source);
    this.#tellLocals(Kind.departed, source);
  }

  /** The launcher's word that ranks have returned. Where there is a link, theirs counts: it comes behind their data. */
  departed(ranks: readonly number[]): void {
    for (const rank of ranks) {
      if (this.#outbound.get(this.#sandboxOf.get(rank) ?? -1)?.isUnused === true) this.#tellLocals(Kind.departed, rank);
    }
  }

  /** That sandbox is gone, and all has come from it that will: whoever waits for its ranks waits in vain. */
  left(sandbox: number): void {
    for (const rank of this.ranksOf(sandbox)) {
      this.#tellLocals(Kind.departed, rank);
      this.#sandboxOf.delete(rank);
    }
    this.down(sandbox);
    this.#outbound.delete(sandbox);
    this.#places.delete(sandbox);
  }

  /** Those that are known, but for this one. */
  get others(): readonly number[] {
    return [...this.#places.keys()];
  }

  /** A link to `sandbox` is being opened, whichever end wanted it. It begins with what the other may have missed. */
  linkTo(sandbox: number): void {
    const outbound = this.#outbound.get(sandbox);
    if (outbound?.isUnused !== true) return;
    outbound.expectLink();
    for (const rank of this.#departed) this.#sendDeparture(sandbox, rank);
  }

  /** Tells the ranks of this sandbox that rank `rank` is dead. */
  announceFailure(rank: number): void {
    this.#tellLocals(Kind.failed, rank);
  }

  /** Gives a record to a rank of this sandbox. */
  tell(rank: number, record: Uint8Array): void {
    this.#inboxes[rank - this.#own.firstRank]?.deliver(record);
  }

  #lookHanded(): void {
    if (this.#onHanded === null || [...this.#outbound.values()].some((outbound) => !outbound.isEmpty)) return;
    this.#onHanded();
    this.#onHanded = null;
  }

  #add(place: SandboxPlace, links: LinkOpening): void {
    const { index, firstRank, ranks } = place;
    this.#places.set(index, place);
    this.#outbound.set(index, new Outbound(this.#mesh, index, links));
    for (let nth = 0; nth < ranks; nth += 1) this.#sandboxOf.set(firstRank + nth, index);
  }

  #tellLocals(kind: Kind, source: number): void {
    for (const [local, inbox] of this.#inboxes.entries()) {
      const destination = this.#own.firstRank + local;
      if (destination !== source) inbox?.deliver(this.#notice(kind, source, destination));
    }
  }

  #sendDeparture(sandbox: number, rank: number): void {
    const firstRank = this.#places.get(sandbox)?.firstRank ?? 0;
    this.#outbound.get(sandbox)?.send(this.#notice(Kind.departed, rank, firstRank));
  }

  #notice(kind: Kind, source: number, destination: number): Uint8Array {
    return encodeHeader({ ...createHeader(kind), epoch: this.#options.epoch, source, destination });
  }

  #deliver(from: number, local: number, frame: Uint8Array): void {
    if (this.#inboxes[local]?.deliver(frame) !== false) return;
    throw new TsmpiError('ERR_PROTOCOL', 'more bytes in flight than the credit of their sender allows', {
      where: `mesh link from sandbox ${String(from)} to ${String(this.#own.index)}`,
    });
  }

  readonly #sendOut = (record: Uint8Array): void => {
    const sandbox = this.#sandboxOf.get(destinationOf(record)) ?? -1;
    const kind = kindOf(record);
    if (kind === Kind.handback || kind === Kind.ask) {
      this.#mesh.told(sandbox, record);
      return;
    }
    const outbound = this.#outbound.get(sandbox);
    if (outbound?.isUnused === true) {
      this.linkTo(sandbox);
      this.#mesh.want(sandbox);
    }
    outbound?.send(record);
  };
}
