/**
 * A sandbox in a process of its own, which its parent stops and continues: while it is stopped it reads nothing, as an
 * agent that is starved.
 */
import { decodeHeader } from '../../runtime/transport/header-codec.ts';
import { Mesh } from '../../runtime/transport/mesh/mesh.ts';
import type { MeshAddress, MeshOptions } from '../../runtime/transport/mesh/options.ts';

/** What the parent gives it, as JSON in its only argument. */
export interface SlowPeerData {
  readonly options: Omit<MeshOptions, 'signal' | 'log' | 'secret'>;
  readonly secret: readonly number[];
  readonly roster: readonly MeshAddress[];
}

/** What it tells its parent once the last frame came. */
export interface SlowPeerReport {
  readonly frames: number;
  readonly isInOrder: boolean;
}

const { options, secret, roster } = JSON.parse(process.argv[2] ?? '') as SlowPeerData;
let frames = 0;
let isInOrder = true;
const mesh = await Mesh.listen(
  { ...options, secret: Uint8Array.from(secret), signal: new AbortController().signal, log: () => undefined },
  {
    frame: (_from, frame) => {
      const { sequence, tag, payloadBytes } = decodeHeader(frame);
      isInOrder &&= sequence === frames && frame.length === 64 + payloadBytes;
      isInOrder &&= frame.subarray(64).every((byte, at) => byte === ((sequence + at) & 0xff));
      frames += 1;
      // The tag of the last frame is 1.
      if (tag === 1) process.send?.({ frames, isInOrder } satisfies SlowPeerReport);
    },
    drain: () => undefined,
    down: () => {
      void mesh.close();
      if (process.connected) process.disconnect();
    },
  },
);
process.send?.('listening');
await mesh.connect(roster);
