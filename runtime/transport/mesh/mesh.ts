import type { MeshAddress, MeshEvents, MeshOptions } from './options.ts';

/** One WebSocket to every other sandbox of the job. */
export declare class Mesh {
  /** Starts listening; resolves when peers can dial. */
  static listen(options: MeshOptions, events: MeshEvents): Promise<Mesh>;
  /** What the roster says of this sandbox. */
  readonly address: string;
  readonly listener: 'uWebSockets.js' | 'ws' | 'none';
  /** Links that stand. */
  readonly links: number;
  /** Dials every sandbox of the roster with a lower index; resolves when all links stand, dialled and accepted. */
  connect(roster: readonly MeshAddress[]): Promise<void>;
  /**
   * Sends one frame, the concatenation of `parts`, which the caller may reuse on return. False: more than
   * `linkHighWaterBytes` wait; the frame was taken, but stop until `drain(to)`. Throws when the link is down.
   */
  send(to: number, ...parts: readonly Uint8Array[]): boolean;
  /** Lets waiting frames leave, says goodbye on every link and stops listening. Idempotent. */
  close(): Promise<void>;
}
