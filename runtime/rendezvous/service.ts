import { chmodSync, chownSync } from 'node:fs';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { TsmpiError } from '../core/errors.ts';
import {
  handshakeTimeoutMs,
  heartbeatIntervalMs,
  outputChunkBytes,
  rendezvousCloseTimeoutMs,
  rendezvousSessionMiB,
  streamsPerConnectionMax,
  unixPathBytesMax,
} from '../core/limits.ts';
import type { LinkOpening } from '../core/links.ts';
import { Admissions } from './admission.ts';
import { answerOf } from './answers.ts';
import { clip } from './clip.ts';
import { LinkBroker } from './link-broker.ts';
import type {
  AbortOrder,
  Answer,
  ExpectedSandbox,
  FailedRanks,
  RendezvousEvents,
  RendezvousServiceOptions,
} from './options.ts';
import { type OutputCall, receiveOutput } from './output-receiver.ts';
import {
  encodeFromLauncher,
  type FromLauncherBody,
  type FromSandbox,
  foreign,
  messageLimits,
  serviceDefinition,
} from './protocol.ts';
import { rosterOf } from './roster.ts';
import { type JoinCall, Seat } from './seat.ts';
import { Strangers } from './strangers.ts';

const serverOptions = {
  ...messageLimits,
  'grpc.max_concurrent_streams': streamsPerConnectionMax,
  'grpc-node.max_session_memory': rendezvousSessionMiB,
  // A connection without a call is nobody's; a sandbox always has its Join stream.
  'grpc.max_connection_idle_ms': handshakeTimeoutMs,
} as const;

/** The launcher's side of the rendezvous: lives as long as the mesh, whatever jobs come and go. */
export class RendezvousService {
  readonly #options: RendezvousServiceOptions;
  readonly #events: RendezvousEvents;
  readonly #server = new Server(serverOptions);
  readonly #admissions: Admissions;
  readonly #seats = new Map<number, Seat>();
  readonly #broker = new LinkBroker(this.#seats);
  /** Who holds which ranks, of all that may come or have come. */
  readonly #expected = new Map<number, readonly number[]>();
  /** All that was told of ranks that are dead, for sandboxes that come later. */
  #failures: NonNullable<FromLauncherBody['failed']>[] = [];
  readonly #heart: NodeJS.Timeout;
  readonly #strangers = new Strangers();
  #closing: Promise<void> | null = null;

  /** Listens; resolves when sandboxes can join. Throws ERR_ARGUMENT, or ERR_LAUNCH when the path cannot be bound. */
  static async start(options: RendezvousServiceOptions, events: RendezvousEvents): Promise<RendezvousService> {
    const pathBytes = Buffer.byteLength(options.address);
    if (pathBytes > unixPathBytesMax) {
      const what = `socket path of ${String(pathBytes)} bytes, at most ${String(unixPathBytesMax)}: ${options.address}`;
      throw new TsmpiError('ERR_ARGUMENT', what, { where: 'rendezvous' });
    }
    const service = new RendezvousService(options, events);
    try {
      await service.#listen();
    } catch (error) {
      await service.close();
      throw error;
    }
    return service;
  }

  private constructor(options: RendezvousServiceOptions, events: RendezvousEvents) {
    this.#options = options;
    this.#events = events;
    this.#admissions = new Admissions(options);
    this.#heart = setInterval(() => {
      for (const seat of this.#seats.values()) seat.beat();
    }, heartbeatIntervalMs).unref();
    this.#server.addService(serviceDefinition, {
      join: (call: JoinCall) => {
        this.#join(call);
      },
      output: (call: OutputCall, answer: Parameters<typeof receiveOutput>[1]) => {
        void receiveOutput(call, answer, options, (index) => this.#seats.get(index), events);
      },
    });
  }

  /** These may join; `links`: when they open those among themselves. */
  expect(sandboxes: readonly ExpectedSandbox[], links: LinkOpening): void {
    this.#admissions.expect(sandboxes);
    for (const { index, ranks } of sandboxes) this.#expected.set(index, ranks);
    if (links === 'onUse') this.#broker.expectLinks();
  }

  /** These are given up: who of them has not joined is refused, and nothing more is sent to the others. */
  forgo(indexes: readonly number[]): void {
    for (const index of indexes) {
      this.#admissions.forgo(index);
      this.#seats.get(index)?.end();
    }
  }

  /** These have left for good: the others are told, and whoever comes later does not hear of them. */
  forget(indexes: readonly number[]): void {
    this.forgo(indexes);
    const others = this.#present().map(({ index }) => index);
    this.#tell({ left: { sandboxes: [...indexes] } }, others);
    const ranks = new Set(indexes.flatMap((index) => this.#expected.get(index) ?? []));
    for (const index of indexes) {
      this.#expected.delete(index);
      this.#seats.delete(index);
    }
    this.#broker.forget(ranks);
    this.#failures = this.#failures.filter((failed) => failed.ranks?.some((rank) => !ranks.has(rank)));
  }

  /** Sends the roster of all that are there to newcomers, with what the others have heard before, and them to those. */
  roster(newcomers: readonly number[]): void {
    const seats = this.#present();
    const isNew = ({ index }: Seat): boolean => newcomers.includes(index);
    const latecomers = seats.filter(isNew);
    const [all, late] = [seats, latecomers].map((some) => rosterOf(some.map((seat) => seat.rosterEntry)));
    for (const seat of seats) seat.send((isNew(seat) ? all : late) ?? {});
    if (latecomers.length < seats.length) this.#broker.catchUp(latecomers);
    for (const failed of this.#failures) for (const seat of latecomers) seat.send({ failed });
  }

  /** These are connected: lets their ranks start. */
  go(indexes: readonly number[]): void {
    this.#tell({ go: {} }, indexes);
  }

  /** Tells every sandbox that ranks are dead, but for those of `unless`, which hear more than that. */
  failed({ ranks, reason, signal = '' }: FailedRanks, unless: readonly number[] = []): void {
    const failed = { ranks: [...ranks], reason: clip(reason), signal };
    this.#failures.push(failed);
    for (const { index } of this.#present()) if (!unless.includes(index)) this.#tell({ failed }, [index]);
  }

  /** Answers what the rank has asked for, if its sandbox is still there. */
  answer(answer: Answer): void {
    const seat = [...this.#seats.values()].find(({ ranks }) => ranks.includes(answer.rank));
    seat?.send(answerOf(answer));
  }

  /** Ends the job of these sandboxes. Who of them has not joined by now is refused. */
  abort({ rank, exitCode, reason }: AbortOrder, indexes: readonly number[]): void {
    for (const index of indexes) this.#admissions.forgo(index);
    this.#tell({ abort: { exitCode, reason: clip(reason), ...(rank === undefined ? {} : { rank }) } }, indexes);
  }

  /**
   * Sends standard input to a rank, null at its end; resolves when its sandbox has taken it: true, or false when the
   * rank or its sandbox is gone. One call per rank at a time. Rejects with ERR_RANK for a rank that nobody holds.
   */
  async stdin(rank: number, bytes: Uint8Array | null): Promise<boolean> {
    const holder = [...this.#expected].find(([, ranks]) => ranks.includes(rank));
    if (holder === undefined) {
      throw new TsmpiError('ERR_RANK', `no sandbox holds rank ${String(rank)}`, { where: 'rendezvous stdin' });
    }
    const seat = this.#seats.get(holder[0]);
    if (seat === undefined) return false;
    if (bytes === null) return seat.feed(rank, null);
    for (let at = 0; at < bytes.byteLength; at += outputChunkBytes) {
      if (!(await seat.feed(rank, bytes.subarray(at, at + outputChunkBytes)))) return false;
    }
    return !seat.isGone;
  }

  /** Tells these sandboxes that their job is over; each answers with its own goodbye. */
  goodbye(indexes: readonly number[]): void {
    for (const index of indexes) this.#admissions.forgo(index);
    this.#broker.dismiss(indexes);
    const othersStay = this.#present().some(({ index }) => !indexes.includes(index));
    this.#tell({ goodbye: { othersStay } }, indexes);
  }

  /** Ends every stream and stops listening; the socket's file is gone afterwards. No event follows. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #listen(): Promise<void> {
    const { address, owner } = this.#options;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.bindAsync(`unix:${address}`, ServerCredentials.createInsecure(), (error) => {
          if (error === null) resolve();
          else reject(error);
        });
      });
      // The directory is the job's own already; this is the second lock.
      chmodSync(address, 0o600);
      if (owner !== undefined) chownSync(address, owner.uid, owner.gid);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new TsmpiError('ERR_LAUNCH', `cannot listen on ${address}: ${why}`, { where: 'rendezvous', cause: error });
    }
  }

  /** Those that have joined and have not left, in order. */
  #present(): Seat[] {
    const seats = [...this.#seats.values()].filter(({ isGone }) => !isGone);
    return seats.sort((left, right) => left.index - right.index);
  }

  #tell(body: FromLauncherBody, indexes: readonly number[]): void {
    for (const index of indexes) this.#seats.get(index)?.send(body);
  }

  /** One Join stream: its first message decides whose it is. */
  #join(call: JoinCall): void {
    let seat: Seat | null = null;
    const stranger = this.#strangers.receive(call, () => {
      this.#refuse(call, 'ERR_PROTOCOL', `no hello within ${String(handshakeTimeoutMs)} ms`);
    });
    const lost = (why: string) => () => {
      stranger.leave();
      seat?.lose(why);
    };
    call.on('error', lost('its stream broke'));
    call.on('cancelled', lost('its stream was cut'));
    call.on('close', lost('its stream was cut'));
    call.on('end', lost('it ended its stream without a goodbye'));
    call.on('data', (message: FromSandbox) => {
      if (seat !== null) {
        const elsewhere = foreign(this.#options, message);
        if (elsewhere === null) seat.receive(message);
        else seat.lose(`broke the protocol: ${elsewhere}`);
      } else if (stranger.leave()) seat = this.#admit(call, message);
    });
  }

  #admit(call: JoinCall, message: FromSandbox): Seat | null {
    const admission = this.#admissions.judge(message);
    if (!admission.admitted) {
      this.#refuse(call, admission.code, admission.words);
      return null;
    }
    const { hello } = admission;
    const seat = new Seat({ scope: this.#options, hello, call, events: this.#events, neighbours: this.#broker });
    this.#seats.set(hello.index, seat);
    seat.send({ welcome: { outputTicket: seat.ticket } });
    this.#events.joined(hello.index, hello);
    return seat;
  }

  #refuse(call: JoinCall, code: string, words: string): void {
    call.write(encodeFromLauncher(this.#options, { refused: { code, words } }));
    call.end();
    if (this.#closing === null) this.#events.refused(words);
  }

  async #close(): Promise<void> {
    clearInterval(this.#heart);
    this.#broker.close();
    for (const seat of this.#seats.values()) seat.end();
    await new Promise<void>((resolve) => {
      // Clients that have said goodbye are gone by now; whoever stays is cut.
      const force = setTimeout(() => {
        this.#server.forceShutdown();
      }, rendezvousCloseTimeoutMs);
      this.#server.tryShutdown(() => {
        clearTimeout(force);
        resolve();
      });
    });
  }
}
