import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type ClientDuplexStream, credentials, type StatusObject } from '@grpc/grpc-js';
import { RendezvousClient } from '../../runtime/rendezvous/client.ts';
import type {
  AbortOrder,
  Answer,
  Ask,
  FailedRanks,
  RankOver,
  RendezvousClientOptions,
  RendezvousEvents,
  ExpectedSandbox,
  RosterEntry,
  SandboxHello,
} from '../../runtime/rendezvous/options.ts';
import {
  decodeFromLauncher,
  encodeFromSandbox,
  type FromLauncher,
  type FromSandboxBody,
  joinPath,
} from '../../runtime/rendezvous/protocol.ts';
import { RendezvousService } from '../../runtime/rendezvous/service.ts';
import { protocolVersion } from '../../runtime/transport/header.ts';
import { EventLog } from '../harness/event-log.ts';

export const scope = { meshId: 'mesh-of-tests', epoch: 3 } as const;
export const tsmpiVersion = '1.2.3';
/** How a message goes into gRPC's own client. */
export const serialize = (bytes: Buffer): Buffer => bytes;

/** What the service told its launcher. */
export type ServiceEvent =
  | { readonly is: 'joined'; readonly index: number; readonly hello: SandboxHello }
  | { readonly is: 'connected' | 'goodbye'; readonly index: number }
  | {
      readonly is: 'output';
      readonly index: number;
      readonly rank: number;
      readonly stream: 1 | 2;
      readonly text: string;
    }
  | { readonly is: 'outputOver'; readonly index: number; readonly rank: number }
  | { readonly is: 'rankOver'; readonly index: number; readonly over: RankOver }
  | { readonly is: 'abort'; readonly index: number; readonly order: AbortOrder }
  | { readonly is: 'lost'; readonly index: number; readonly why: string }
  | { readonly is: 'asked'; readonly ask: Ask }
  | { readonly is: 'refused'; readonly why: string };

/** What a client told its sandbox. */
export type ClientEvent =
  | { readonly is: 'roster'; readonly entries: readonly RosterEntry[] }
  | { readonly is: 'go' | 'goodbye' }
  | { readonly is: 'failed'; readonly failure: FailedRanks }
  | { readonly is: 'departed'; readonly ranks: readonly number[] }
  | { readonly is: 'answer'; readonly answer: Answer }
  | { readonly is: 'link'; readonly sandbox: number }
  | { readonly is: 'left'; readonly sandboxes: readonly number[] }
  | { readonly is: 'abort'; readonly order: AbortOrder }
  | { readonly is: 'stdin'; readonly rank: number; readonly text: string | null }
  | { readonly is: 'lost'; readonly why: string };

/** A sandbox that has joined. */
export interface Guest {
  readonly client: RendezvousClient;
  readonly events: EventLog<ClientEvent>;
}

export interface Party {
  readonly address: string;
  readonly service: RendezvousService;
  readonly events: EventLog<ServiceEvent>;
  /** Joins as sandbox `index` with its own token; it is closed with the party. */
  readonly join: (
    index: number,
    changes?: Partial<RendezvousClientOptions>,
    stdin?: (rank: number) => void | Promise<void>,
  ) => Promise<Guest>;
}

/** Sandbox 0 holds rank 0, sandbox 1 ranks 1 and 2. */
const all: readonly ExpectedSandbox[] = [
  { index: 0, ranks: [0], token: 'token-of-0' },
  { index: 1, ranks: [1, 2], token: 'token-of-1' },
];

export async function withParty(
  body: (party: Party) => Promise<void>,
  output?: RendezvousEvents['output'],
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'rendezvous-of-test-'));
  const address = join(directory, 'r.sock');
  const events = new EventLog<ServiceEvent>();
  const service = await RendezvousService.start(
    { ...scope, address, tsmpiVersion },
    {
      joined: (index, hello) => events.add({ is: 'joined', index, hello }),
      connected: (index) => events.add({ is: 'connected', index }),
      output: (index, rank, stream, bytes) => {
        events.add({ is: 'output', index, rank, stream, text: Buffer.from(bytes).toString() });
        return output?.(index, rank, stream, bytes);
      },
      outputOver: (index, rank) => events.add({ is: 'outputOver', index, rank }),
      rankOver: (index, over) => events.add({ is: 'rankOver', index, over }),
      asked: (_, ask) => events.add({ is: 'asked', ask }),
      abortRequested: (index, order) => events.add({ is: 'abort', index, order }),
      goodbye: (index) => events.add({ is: 'goodbye', index }),
      lost: (index, why) => events.add({ is: 'lost', index, why }),
      refused: (why) => events.add({ is: 'refused', why }),
    },
  );
  service.expect(all, 'onUse');
  const clients: RendezvousClient[] = [];
  const join_: Party['join'] = async (index, changes = {}, stdin = () => undefined) => {
    const own = all[index] ?? { ranks: [], token: '' };
    const seen = new EventLog<ClientEvent>();
    const client = await RendezvousClient.join(
      {
        ...scope,
        address,
        tsmpiVersion,
        index,
        ranks: own.ranks,
        token: own.token,
        meshAddress: `/m/${String(index)}`,
        ...changes,
      },
      {
        roster: (entries) => seen.add({ is: 'roster', entries }),
        go: () => seen.add({ is: 'go' }),
        failed: (failure) => seen.add({ is: 'failed', failure }),
        departed: (ranks) => seen.add({ is: 'departed', ranks }),
        answer: (answer) => seen.add({ is: 'answer', answer }),
        link: (sandbox) => seen.add({ is: 'link', sandbox }),
        left: (sandboxes) => seen.add({ is: 'left', sandboxes }),
        abort: (order) => seen.add({ is: 'abort', order }),
        stdin: (rank, bytes) => {
          seen.add({ is: 'stdin', rank, text: bytes === null ? null : Buffer.from(bytes).toString() });
          return stdin(rank);
        },
        goodbye: () => seen.add({ is: 'goodbye' }),
        lost: (why) => seen.add({ is: 'lost', why }),
      },
    );
    clients.push(client);
    return { client, events: seen };
  };
  try {
    await body({ address, service, events, join: join_ });
  } finally {
    for (const client of clients) client.close();
    await service.close();
    const left = await readdir(directory);
    await rm(directory, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`left behind in the rendezvous directory: ${left.join(', ')}`);
  }
}

/** A Join stream that says what the test wants, in whatever order. */
export interface RawStream {
  readonly messages: EventLog<FromLauncher>;
  readonly status: Promise<StatusObject>;
  readonly call: ClientDuplexStream<Buffer, FromLauncher>;
  send(body: FromSandboxBody, changes?: { meshId?: string; epoch?: number }): void;
  close(): void;
}

export function openRaw(address: string): RawStream {
  const client = new Client(`unix:${address}`, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  const call = client.makeBidiStreamRequest(joinPath, serialize, decodeFromLauncher);
  const messages = new EventLog<FromLauncher>();
  call.on('data', (message: FromLauncher) => {
    messages.add(message);
  });
  call.on('error', () => undefined);
  const status = new Promise<StatusObject>((resolve) => {
    call.on('status', resolve);
  });
  return {
    messages,
    status,
    call,
    send: (body, changes = {}) => {
      call.write(encodeFromSandbox({ ...scope, ...changes }, body));
    },
    close: () => {
      call.cancel();
      client.close();
    },
  };
}

/** A correct hello of sandbox `sandbox`, unless `changes` say otherwise. */
export function helloOf(sandbox: 0 | 1, changes: Partial<NonNullable<FromSandboxBody['hello']>> = {}): FromSandboxBody {
  const { ranks, token } = all[sandbox] ?? { ranks: [], token: '' };
  const versions = { protocol: protocolVersion, tsmpiVersion, nodeVersion: process.version };
  return { hello: { ...versions, token, sandbox, ranks: [...ranks], meshAddress: '/m', ...changes } };
}
