import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { TsmpiError } from '../../core/errors.ts';
import { meshCloseTimeoutMs, startTimeoutMs } from '../../core/limits.ts';
import type { FrameScope } from '../frame.ts';
import { checkOptions } from './check-options.ts';
import { Gathering } from './gathering.ts';
import { judgeUpgrade, type UpgradeRequest, type Verdict } from './handshake.ts';
import { Link, type LinkEvents } from './link.ts';
import { startListener } from './listen.ts';
import type { MeshAddress, MeshEvents, MeshNewcomer, MeshOptions } from './options.ts';
import type { SandboxRanks } from '../sandbox-ranks.ts';
import type { Doorkeeper, Listener, WireEvents } from './wire.ts';

/**
 * One WebSocket to every other sandbox of the job. Of two sandboxes the one with the higher index dials. A link that
 * is down stays down: its sandbox is taken for dead in this epoch. Links to sandboxes that come later open on use.
 */
export class Mesh implements LinkEvents, Doorkeeper {
  readonly #options: MeshOptions;
  readonly #events: MeshEvents;
  readonly #own: SandboxRanks;
  readonly #links = new Map<number, Link>();
  #listening: Promise<Listener> | null = null;
  #listener: Listener | null = null;
  /** By index: every sandbox that may be linked to this one. */
  readonly #sandboxes: Map<number, SandboxRanks>;
  /** Of those whose links open on use: where each listens, and those that a link was asked for to. */
  readonly #onUse = new Map<number, MeshAddress>();
  readonly #opened = new Set<number>();
  /** Of those: that have not stood yet. */
  readonly #opening = new Set<number>();
  readonly #opensUntil = new AbortController();
  #standing = 0;
  #closing: Promise<void> | null = null;
  readonly #gathering = new Gathering();
  #onAlone: (() => void) | null = null;
  /** Set while `connect` runs. */
  #connecting: AbortController | null = null;

  /**
   * Starts listening, where links open at once; resolves when peers can dial. A job of one sandbox opens nothing.
   * Throws ERR_ARGUMENT for options that cannot be, ERR_LAUNCH when the path cannot be bound.
   */
  static async listen(options: MeshOptions, events: MeshEvents): Promise<Mesh> {
    const own = checkOptions(options);
    const mesh = new Mesh(options, events, own);
    // The highest index dials everybody and is dialled by nobody.
    const isDialled = options.sandboxes.some(({ index }) => index > options.index);
    if (options.links === 'atOnce' && isDialled) await mesh.#listen();
    return mesh;
  }

  private constructor(options: MeshOptions, events: MeshEvents, own: SandboxRanks) {
    this.#options = options;
    this.#events = events;
    this.#own = own;
    this.#sandboxes = new Map(options.sandboxes.map((sandbox) => [sandbox.index, sandbox]));
    setMaxListeners(0, this.#opensUntil.signal);
  }

  /** Where this sandbox's peers dial: what the roster says of it. */
  get address(): string {
    return this.#options.listenPath;
  }

  /** What listens; `none` where no sandbox of the job would dial. */
  get listener(): 'uWebSockets.js' | 'ws' | 'none' {
    return this.#listener?.name ?? 'none';
  }

  /** Links that stand. */
  get links(): number {
    return this.#standing;
  }

  /**
   * Dials every sandbox of the roster with a lower index, and resolves when every link stands, dialled and accepted.
   * Rejects with ERR_DENIED, ERR_PROTOCOL, ERR_RANK_FAILED, ERR_TIMEOUT (naming who is missing) or ERR_CANCELLED.
   * Where links open on use there is nothing to wait for. Call it once.
   */
  async connect(roster: readonly MeshAddress[]): Promise<void> {
    if (this.#options.links === 'onUse') {
      for (const peer of roster) this.#onUse.set(peer.index, peer);
      return;
    }
    const peers = roster.filter(({ index }) => index !== this.#own.index);
    if (peers.length === 0) return;
    const lower = peers.filter(({ index }) => index < this.#own.index);
    const stop = new AbortController();
    this.#connecting = stop;
    // Every dial listens to it, and there are as many dials as sandboxes.
    setMaxListeners(0, stop.signal);
    const cancel = (): void => {
      stop.abort(this.#error('ERR_CANCELLED', 'connecting was cancelled', this.#options.signal.reason));
    };
    const deadline = setTimeout(() => {
      stop.abort(this.#error('ERR_TIMEOUT', this.#missing(peers)));
    }, startTimeoutMs);
    this.#options.signal.addEventListener('abort', cancel, { once: true });
    if (this.#options.signal.aborted) cancel();
    try {
      const dialled = lower.length === 0 ? [] : [this.#dialAll(lower, stop.signal)];
      const all = (): boolean => peers.every(({ index }) => this.#links.get(index)?.isOpen === true);
      await Promise.all([this.#gathering.until(all, stop.signal), ...dialled]);
    } catch (error) {
      // What failed first is the reason; the other dials need not go on.
      stop.abort(error);
      throw stop.signal.reason;
    } finally {
      this.#connecting = null;
      clearTimeout(deadline);
      this.#options.signal.removeEventListener('abort', cancel);
    }
  }

  /** Sandboxes have come that were not there at the start. */
  meet(newcomers: readonly MeshNewcomer[]): void {
    for (const newcomer of newcomers) {
      this.#sandboxes.set(newcomer.index, newcomer);
      this.#onUse.set(newcomer.index, newcomer);
    }
  }

  /**
   * Opens the link to sandbox `index`, which is told to do the same: the higher index dials until the lower one, which
   * listens from its first link on, is there. `drain` says that it stands, `down` that it could not be opened.
   * Idempotent; only for sandboxes whose links open on use, after `connect`.
   */
  open(index: number): void {
    const target = this.#onUse.get(index);
    if (target === undefined || this.#closing !== null || this.#opened.has(index)) return;
    this.#opened.add(index);
    if (this.#links.get(index)?.isOpen !== true) this.#opening.add(index);
    // The other end may have been quicker, where this one listens already.
    if (this.#links.get(index)?.isOpen === true) this.drain(index);
    const opening = index < this.#own.index ? this.#dialAll([target], this.#opensUntil.signal) : this.#listen();
    opening.catch((error: unknown) => {
      this.#opening.delete(index);
      if (this.#closing === null) this.#events.down(index, error as TsmpiError);
      this.#lookAlone();
    });
  }

  /** That sandbox is gone, and no link to it is to be. */
  forget(index: number): void {
    this.#sandboxes.delete(index);
    this.#onUse.delete(index);
    this.#opening.delete(index);
    this.#links.delete(index);
  }

  /** Resolves when no link stands any more, or is to: all that came over them has been passed on. */
  alone(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAlone = resolve;
      this.#lookAlone();
    });
  }

  /**
   * Sends one frame, the concatenation of `parts`, which the caller may reuse on return. False: more than
   * `linkHighWaterBytes` wait; the frame was taken, but stop until `drain(to)`. Throws ERR_RANK_FAILED when the link
   * does not stand.
   */
  send(to: number, ...parts: readonly Uint8Array[]): boolean {
    const link = this.#links.get(to);
    if (link === undefined) throw this.#error('ERR_RANK_FAILED', `no link to sandbox ${String(to)}`);
    return link.send(parts);
  }

  /** The link to `sandbox`, if there is one. */
  link(sandbox: number): Link | undefined {
    return this.#links.get(sandbox);
  }

  /**
   * Lets waiting frames leave, says goodbye on every link and stops listening; after `timeoutMs` the sockets are cut.
   * No event follows. Idempotent.
   */
  close(timeoutMs = meshCloseTimeoutMs): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  /** For the listener: may this request become a link? */
  judge(request: UpgradeRequest): Verdict {
    if (this.#closing !== null) return { accepted: false, status: 403, words: 'this mesh is closing' };
    const verdict = judgeUpgrade(request, this.#options, (from) => {
      if (this.#links.has(from)) return 'linked';
      return this.#sandboxes.has(from) ? 'free' : 'stranger';
    });
    if (!verdict.accepted)
      this.#options.log(`mesh: refused a dialler with ${String(verdict.status)}: ${verdict.words}`);
    return verdict;
  }

  /** For the listener: the link of a request that `judge` let in. */
  admit(from: number): WireEvents {
    return this.#createLink(from);
  }

  /** For the links. */
  up(link: Link): void {
    this.#standing += 1;
    this.#opening.delete(link.peer);
    // A dial that came through while the mesh closes.
    if (this.#closing !== null) link.destroy();
    this.#gathering.look();
    if (this.#onUse.has(link.peer)) this.drain(link.peer);
  }

  /** For the links. */
  frame(from: number, frame: Uint8Array): void {
    if (this.#closing === null) this.#events.frame(from, frame);
  }

  /** For the links. */
  drain(to: number): void {
    if (this.#closing === null) this.#events.drain(to);
  }

  /** For the links. */
  down(link: Link, error: TsmpiError | null): void {
    this.#standing -= 1;
    if (this.#closing !== null) return;
    this.#gathering.fail(error ?? this.#error('ERR_RANK_FAILED', `sandbox ${String(link.peer)} has left`));
    this.#events.down(link.peer, error);
    this.#lookAlone();
  }

  #lookAlone(): void {
    if (this.#standing === 0 && this.#opening.size === 0) this.#onAlone?.();
  }

  async #listen(): Promise<void> {
    this.#listening ??= startListener(this.#options, this);
    this.#listener = await this.#listening;
  }

  #createLink(index: number): Link {
    const peer = this.#sandboxes.get(index);
    if (peer === undefined) throw this.#error('ERR_ARGUMENT', `sandbox ${String(index)} is not of this job`);
    const scope: FrameScope = { epoch: this.#options.epoch, own: this.#own, peer };
    const link = new Link(scope, this, this.#options.log);
    this.#links.set(index, link);
    return link;
  }

  async #dialAll(targets: readonly MeshAddress[], signal: AbortSignal): Promise<void> {
    // Only who dials needs the client.
    const { dial } = await import('./dial.ts');
    await Promise.all(
      targets.map(({ index, address }) => dial(this.#options, { index, address, signal }, this.#createLink(index))),
    );
  }

  #missing(peers: readonly MeshAddress[]): string {
    const missing = peers.map(({ index }) => index).filter((index) => this.#links.get(index)?.isOpen !== true);
    const counts = `${String(missing.length)} of ${String(peers.length)} sandboxes`;
    return `no link to ${counts} after ${String(startTimeoutMs)} ms: ${missing.join(', ')}`;
  }

  async #close(timeoutMs: number): Promise<void> {
    const closed = this.#error('ERR_CANCELLED', 'the mesh was closed while it was connecting');
    this.#connecting?.abort(closed);
    this.#opensUntil.abort(closed);
    const links = [...this.#links.values()];
    const late = new AbortController();
    const deadline = delay(timeoutMs, undefined, { signal: late.signal }).catch(() => undefined);
    await Promise.race([Promise.all(links.map((link) => link.end())), deadline]);
    late.abort();
    for (const link of links) link.destroy();
    await (await this.#listening)?.close();
  }

  #error(code: TsmpiError['code'], what: string, cause?: unknown): TsmpiError {
    return new TsmpiError(code, what, { where: `mesh of sandbox ${String(this.#own.index)}`, cause });
  }
}
