/**
 * The 64-byte little-endian header in front of every record in a shared-memory ring and every frame on the mesh.
 * Both carry the same bytes, so an agent forwards a record without re-encoding it. `docs/PROTOCOL.md` is normative.
 */

export const headerBytes = 64;
/** 'TM' read as little-endian u16. */
export const magic = 0x4d54;
export const protocolVersion = 1;

/** What a record asks of its receiver. */
export const Kind = {
  /** A whole message, envelope and payload (bytes ≤ eagerBytesMax). */
  eager: 1,
  /** The envelope of a message that its receiver will pull (payload empty). */
  announce: 2,
  /** From receiver to sender: send `bytes` bytes of message `sequence` from `offset`. */
  pull: 3,
  /** A piece of a pulled message, at `offset`. */
  data: 4,
  /** From receiver to sender: `bytes` of eager credit are free again. */
  credit: 5,
  /** From receiver to sender: the synchronous eager message `sequence` was matched. */
  matched: 6,
  /** `source` has returned and sends nothing more; sent to every rank after everything else it sent. */
  departed: 7,
  /** From an agent to its own ranks only: rank `source` is dead (its sandbox was killed, ran out of memory …). */
  failed: 8,
  /** From an agent to its own ranks only: the job ends; payload is the reason in UTF-8, `tag` the exit code. */
  abort: 9,
  /** From sender to receiver: the announced message `sequence` was cancelled and will not be sent. */
  withdraw: 10,
  /** From a rank to its own agent only: a link that the rank has used itself, with what it leaves of it. */
  handback: 11,
  /** `communicator` (its number, not a context) is revoked, first of all by its rank `tag`. */
  revoke: 12,
  /** From a rank to its own agent only: something that the launcher shall do; the payload says what, in JSON. */
  ask: 13,
  /** From an agent to its own rank only: what came of the `ask` with that `sequence`, in JSON. */
  answer: 14,
  /** To the agent of rank `destination`: do something to its part of window `tag` of a communicator. */
  access: 15,
  /** Its answer; `tag` is the outcome. */
  accessed: 16,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Bits of `flags`. */
export const Flag = {
  /** The sender waits for `matched` (eager) before it completes. */
  synchronous: 1,
  /** Of an announcement in a lane: `offset` is where in the segment the bytes lie, until `matched` is said. */
  shown: 2,
} as const;

/** One header, decoded. Ranks are world ranks (mesh-wide numbers), never ranks of a communicator. */
export interface Header {
  /** Offset 3, u8. */
  kind: Kind;
  /** Offset 4, u16: bits of `Flag`. */
  flags: number;
  /** Offset 6, u16: how the payload is to be read: an element type's code, or 0 for a serialised value. */
  format: number;
  /** Offset 8, u32: the roster generation that the sender belongs to; others are dropped. */
  epoch: number;
  /** Offset 12, u32: the communicator's context; user messages and collectives of one communicator use two. */
  communicator: number;
  /** Offset 16, u32: world rank of the sender. */
  source: number;
  /** Offset 20, u32: world rank of the receiver. */
  destination: number;
  /** Offset 24, i32. */
  tag: number;
  /** Offset 28, u32: payload bytes that follow this header. */
  payloadBytes: number;
  /** Offset 32, f64 holding an integer below 2^53: the sender's number for the message. */
  sequence: number;
  /** Offset 40, f64 holding an integer below 2^53: length of the whole message. */
  bytes: number;
  /** Offset 48, f64 holding an integer below 2^53: where in the message the payload starts. */
  offset: number;
  /** Offset 56, u32: signature of the collective (0 in user messages); room for mismatch detection. */
  signature: number;
  // Offset 60, u32: reserved, zero.
}
