import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TsmpiError } from '../../runtime/core/errors.ts';
import { encodeHeader, createHeader } from '../../runtime/transport/header-codec.ts';
import type { Header } from '../../runtime/transport/header.ts';
import { claimDial } from '../../runtime/transport/mesh/handshake.ts';
import { Mesh } from '../../runtime/transport/mesh/mesh.ts';
import type { MeshAddress, MeshOptions } from '../../runtime/transport/mesh/options.ts';
import type { SandboxRanks } from '../../runtime/transport/sandbox-ranks.ts';
import { EventLog } from '../harness/event-log.ts';

export const meshId = 'mesh-of-tests';
export const secret = new Uint8Array(32).fill(7);
export const epoch = 3;

/** One event of one mesh; frames are copies. */
export type MeshEvent =
  | { readonly at: number; readonly is: 'frame'; readonly from: number; readonly frame: Uint8Array }
  | { readonly at: number; readonly is: 'drain'; readonly to: number }
  | { readonly at: number; readonly is: 'down'; readonly index: number; readonly error: TsmpiError | null }
  | { readonly at: number; readonly is: 'log'; readonly line: string };

/** A job's mesh socket directory, with what is needed to take part in the mesh. */
export interface Party {
  readonly directory: string;
  readonly sandboxes: readonly SandboxRanks[];
  readonly roster: readonly MeshAddress[];
  readonly events: EventLog<MeshEvent>;
  /** Starts the mesh of sandbox `index`; it is closed with the party. */
  readonly listen: (index: number, listener: 'auto' | 'ws', changes?: Partial<MeshOptions>) => Promise<Mesh>;
}

/** Two ranks in each of `count` sandboxes: sandbox 1 holds ranks 2 and 3. */
export async function withParty(count: number, body: (party: Party) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'mesh-of-test-'));
  const sandboxes = Array.from({ length: count }, (_, index) => ({ index, firstRank: index * 2, ranks: 2 }));
  const roster = sandboxes.map(({ index }) => ({ index, address: join(directory, `${String(index)}.sock`) }));
  const events = new EventLog<MeshEvent>();
  const meshes: Mesh[] = [];
  const listen: Party['listen'] = async (index, listener, changes = {}) => {
    const options: MeshOptions = {
      meshId,
      epoch,
      index,
      sandboxes,
      secret,
      listenPath: join(directory, `${String(index)}.sock`),
      listener,
      links: 'atOnce',
      signal: new AbortController().signal,
      log: (line) => {
        events.add({ at: index, is: 'log', line });
      },
      ...changes,
    };
    const mesh = await Mesh.listen(options, {
      frame: (from, frame) => {
        events.add({ at: index, is: 'frame', from, frame: frame.slice() });
      },
      drain: (to) => {
        events.add({ at: index, is: 'drain', to });
      },
      down: (peer, error) => {
        events.add({ at: index, is: 'down', index: peer, error });
      },
    });
    meshes.push(mesh);
    return mesh;
  };
  try {
    await body({ directory, sandboxes, roster, events, listen });
  } finally {
    await Promise.all(meshes.map((mesh) => mesh.close()));
    const left = await readdir(directory);
    await rm(directory, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`left behind in the mesh directory: ${left.join(', ')}`);
  }
}

/** A frame with `payload` bytes that count up, whose header agrees with it unless `changes` say otherwise. */
export function frameOf(changes: Partial<Header>, payload = 0): Uint8Array {
  const header: Header = { ...createHeader(), epoch, payloadBytes: payload, bytes: payload, ...changes };
  const frame = new Uint8Array(64 + payload);
  frame.set(encodeHeader(header));
  for (let at = 64; at < frame.length; at += 1) frame[at] = at & 0xff;
  return frame;
}

/** Headers of a correct upgrade request from sandbox `from` to sandbox `to`. */
export function upgradeHeaders(from = 1, to = 0, changes: Partial<MeshOptions> = {}): Record<string, string> {
  const self = { meshId, epoch, index: from, secret, ...changes };
  return {
    host: 'mesh',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...claimDial({ ...self, index: from }, to).headers,
  };
}

/** What came back from a raw request. */
export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends a request as written and reads until the other side ends, or until an upgrade is granted. */
export function request(address: string, firstLine: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(address);
    let text = '';
    const finish = (): void => {
      socket.destroy();
      const [head = '', body = ''] = text.split('\r\n\r\n', 2);
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), head, body });
    };
    socket.setEncoding('latin1');
    socket.on('data', (piece: string) => {
      text += piece;
      if (text.startsWith('HTTP/1.1 101') && text.includes('\r\n\r\n')) finish();
    });
    socket.on('end', finish);
    socket.on('error', reject);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    socket.write([firstLine, ...lines, '', ''].join('\r\n'));
  });
}
