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

  /** The next piece to ask for; undefined: none now. */
  next(): AccessRequest | undefined {
    if (this.#underWay === accessPiecesMax) return undefined;
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

  /** Resolves when it has ended, well or not. */
  over(): Promise<void> {
    if (this.done) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenOver.push(resolve);
    });
  }

  override complete(error?: Error): void {
    super.complete(error);
    for (const resolve of this.#whenOver.splice(0)) resolve();
  }

  answered(outcome: Outcome, data: NumericArray | null, at: number): void {
    this.#underWay -= 1;
    if (outcome !== Outcome.done) this.outcome = outcome;
    if (data !== null) (this.result as Float64Array | null)?.set(data as Float64Array, at);
  }
}

export class RemoteAccesses {
  readonly #wire: Wire;
  readonly #asked = new Map<number, { access: RemoteAccess; at: number }>();
  readonly #header: Header = createHeader();
  #sequence = 0;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Asks for as much of it as may be asked for now. */
  ask(access: RemoteAccess): void {
    const first = access.part;
    for (let piece = access.next(); piece !== undefined; piece = access.next()) {
      this.#sequence += 1;
      this.#asked.set(this.#sequence, { access, at: piece.offset });
      const header = this.#header;
      header.kind = Kind.access;
      header.format = piece.data === null ? first.format : formatOf(piece.data);
      header.communicator = first.group.id;
      header.destination = first.group.worldOf(first.target);
      header.tag = first.number;
      header.sequence = this.#sequence;
      header.bytes = piece.length;
      header.offset = piece.offset;
      header.signature = piece.kind | (piece.op << 8) | (piece.rank << 16);
      this.#wire.toAgent(header, piece.data === null ? null : bytesOf(piece.data));
    }
  }

  /** An agent's answer. Of calls that have ended early nobody wants it. */
  answered(header: Header, lane: Payload, at: number): void {
    const { sequence, tag, format, payloadBytes } = header;
    const asked = this.#asked.get(sequence);
    if (asked === undefined) return;
    this.#asked.delete(sequence);
    const { access } = asked;
    if (access.done) return;
    const data = payloadBytes === 0 ? null : arrayOver(payloadOf(header, lane, at), format);
    access.answered(tag as Outcome, data, asked.at - access.from);
    this.ask(access);
    if (access.ready()) access.complete();
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
