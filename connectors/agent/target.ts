/** The plug of an agent: what is behind a resource. One file per kind, and one set of tests that each passes. */
import type { Duplex } from 'node:stream';

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
