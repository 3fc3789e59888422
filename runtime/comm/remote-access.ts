/**
 * Access to parts of windows in other segments: asked of the agent of the part's rank, which does it while the rank
 * computes, or has returned. Long ones go in pieces, a few at a time.
 */
import type { NumericArray } from '../core/api.ts';
import { accessBytesMax, accessPiecesMax } from '../core/limits.ts';
import { type Header, Kind } from '../transport/header.ts';
import { createHeader } from '../transport/header-codec.ts';
import { type Payload, payloadOf } from '../transport/lane.ts';
import { AccessKind, type AccessRequest, type AccessResult, Outcome } from '../transport/window/access.ts';
import { arrayOver, bytesOf, elementBytes, formatOf } from './element-type.ts';
import { PartCondition, type PartName } from './part-condition.ts';
import type { Wire } from './wire.ts';

/** One access, wherever the part is. */
export class RemoteAccess extends PartCondition {
  readonly result: NumericArray | null;
  /** The first element that is asked for. */
  readonly from: number;
  outcome: Outcome = Outcome.done;
  /** Those that are not asked yet, and those that are and not answered. */
  readonly #pieces: AccessRequest[];
  #underWay = 0;
  readonly #whenOver: (() => void)[] = [];

  /** `result` is filled with what comes back. */
  constructor(part: PartName, operation: string, request: AccessRequest, result: NumericArray | null) {
    super(part, operation);
    this.result = result;
    this.from = request.offset;
    this.#pieces = piecesOf(request, part.format).reverse();
  }

  ready(): boolean {
    return this.#underWay === 0 && this.#pieces.length === 0;
  }

  /** The next piece to ask for; undefined: there is none. */
  next(): AccessRequest | undefined {
    const piece = this.#pieces.pop();
    if (piece !== undefined) this.#underWay += 1;
    return piece;
  }

  /** It was done here, whole. */
  answeredHere({ outcome, data }: AccessResult): void {
    this.#pieces.length = 0;
    this.#underWay = 1;
    this.answered(outcome, data, 0);
    this.complete();
  }

  /** Resolves when nothing of it can happen any more: it has ended, and what was asked is answered. */
  over(): Promise<void> {
    if (this.done && this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenOver.push(resolve);
    });
  }

  /** What has not been asked for is not asked for any more. */
  override complete(error?: Error): void {
    this.#pieces.length = 0;
    super.complete(error);
    this.#tell();
  }

  answered(outcome: Outcome, data: NumericArray | null, at: number): void {
    this.#underWay -= 1;
    // Of a call that has ended early nobody wants it.
    if (!this.done) {
      if (outcome !== Outcome.done) this.outcome = outcome;
      if (data !== null) (this.result as Float64Array | null)?.set(data as Float64Array, at);
    }
    this.#tell();
  }

  /** The target is gone: no more answers come, and nothing happens there. */
  lost(): void {
    this.#underWay = 0;
    this.#tell();
  }

  #tell(): void {
    if (!this.done || this.#underWay > 0) return;
    for (const resolve of this.#whenOver.splice(0)) resolve();
  }
}

/** What goes to one rank: so much at a time, in the order of the calls. */
interface Traffic {
  underWay: number;
  readonly waiting: RemoteAccess[];
}

export class RemoteAccesses {
  readonly #wire: Wire;
  readonly #asked = new Map<number, { access: RemoteAccess; at: number; world: number }>();
  /** By world rank. */
  readonly #traffic = new Map<number, Traffic>();
  readonly #header: Header = createHeader();
  #sequence = 0;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Asks for it, behind what is asked of the same rank. */
  ask(access: RemoteAccess): void {
    const world = access.part.group.worldOf(access.part.target);
    const traffic = this.#traffic.get(world) ?? { underWay: 0, waiting: [] };
    this.#traffic.set(world, traffic);
    traffic.waiting.push(access);
    this.#go(world, traffic);
  }

  /** An agent's answer. */
  answered(header: Header, lane: Payload, at: number): void {
    const { sequence, tag, format, payloadBytes } = header;
    const asked = this.#asked.get(sequence);
    if (asked === undefined) return;
    this.#asked.delete(sequence);
    const { access, world } = asked;
    const data = payloadBytes === 0 ? null : arrayOver(payloadOf(header, lane, at), format);
    access.answered(tag as Outcome, data, asked.at - access.from);
    const traffic = this.#traffic.get(world);
    if (traffic !== undefined) {
      traffic.underWay -= 1;
      this.#go(world, traffic);
    }
    if (access.ready()) access.complete();
  }

  /** World rank `world` has failed: it answers nothing more. */
  lost(world: number): void {
    this.#traffic.delete(world);
    for (const [sequence, asked] of this.#asked) {
      if (asked.world !== world) continue;
      this.#asked.delete(sequence);
      asked.access.lost();
    }
  }

  #go(world: number, traffic: Traffic): void {
    const { waiting } = traffic;
    while (traffic.underWay < accessPiecesMax) {
      const [access] = waiting;
      if (access === undefined) return;
      const piece = access.next();
      if (piece === undefined) waiting.shift();
      else {
        traffic.underWay += 1;
        this.#send(access, world, piece);
      }
    }
  }

  #send(access: RemoteAccess, world: number, piece: AccessRequest): void {
    this.#sequence += 1;
    this.#asked.set(this.#sequence, { access, at: piece.offset, world });
    const { group, number, format } = access.part;
    const header = this.#header;
    header.kind = Kind.access;
    header.format = piece.data === null ? format : formatOf(piece.data);
    header.communicator = group.id;
    header.destination = world;
    header.tag = number;
    header.sequence = this.#sequence;
    header.bytes = piece.length;
    header.offset = piece.offset;
    header.signature = piece.kind | (piece.op << 8) | (piece.rank << 16);
    this.#wire.toAgent(header, piece.data === null ? null : bytesOf(piece.data));
  }
}

function piecesOf(request: AccessRequest, format: number): AccessRequest[] {
  const { kind, data, offset, length } = request;
  const isLong = kind === AccessKind.put || kind === AccessKind.get || kind === AccessKind.accumulate;
  const most = Math.floor(accessBytesMax / elementBytes(format));
  if (!isLong || length <= most) return [request];
  return Array.from({ length: Math.ceil(length / most) }, (_, piece) => {
    const [from, end] = [piece * most, Math.min(length, (piece + 1) * most)];
    return {
      ...request,
      offset: offset + from,
      length: end - from,
      data: data === null ? null : data.subarray(from, end),
    };
  });
}
