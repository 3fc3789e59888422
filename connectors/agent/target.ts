/** The plug of an agent: what is behind a resource. One file per kind, and one set of tests that each passes. */
import type { Duplex } from 'node:stream';
import { type HostPort, parseAddress } from '../wire/address.ts';
import { badField } from '../wire/checked-fields.ts';

/** Throws of `connect` are told to the rank: a name and a reason, never an address or a secret. */
export interface Target {
  readonly kind: string;
  /** On which clients inside a sandbox dial it, unless the configuration says another. */
  readonly port: number;
  /** A connection for one stream. */
  connect(signal: AbortSignal): Promise<Duplex>;
  /** Ends what `connect` has made and does not end with its connection. */
  close(): void;
}

/** How a kind is written in the agent's file. */
export interface TargetKind {
  readonly kind: string;
  /** Keys of its own, beside those that every resource has. */
  readonly keys: readonly string[];
  /** Throws ERR_ARGUMENT naming `place`. */
  parse(fields: Readonly<Record<string, unknown>>, place: string): Target;
}

/** The `host:port` of a target. Throws ERR_ARGUMENT; `otherwise`: what else may be written in its place. */
export function targetAddress(text: string, place: string, otherwise: string): HostPort {
  const address = parseAddress(text);
  if (address !== null && address.port > 0) return address;
  throw badField(place, `target ${JSON.stringify(text)} is no address`, `write host:port, or ${otherwise}`);
}
