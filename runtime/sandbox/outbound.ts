/** Records on their way to one other sandbox: straight into its link, or waiting here while the link is full. */

import type { LinkOpening } from '../core/links.ts';

/** The part of the mesh that this needs. */
export interface FrameSender {
  send(to: number, ...parts: readonly Uint8Array[]): boolean;
  /** There is something for `to`, and no link: it is to be opened, and `drained` says that it stands. */
  want(to: number): void;
}

/** `unused`: nobody has asked for the link yet. */
type LinkState = 'unused' | 'open' | 'full' | 'down';

export class Outbound {
  readonly #mesh: FrameSender;
  readonly #sandbox: number;
  #state: LinkState;
  #waiting: Uint8Array[] = [];

  /** `links`: whether the link stands before the first record, or is opened for it. */
  constructor(mesh: FrameSender, sandbox: number, links: LinkOpening) {
    this.#mesh = mesh;
    this.#sandbox = sandbox;
    this.#state = links === 'atOnce' ? 'open' : 'unused';
  }

  get isUnused(): boolean {
    return this.#state === 'unused';
  }

  /** Nothing waits for the link. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** From now on what is sent waits for the link. */
  expectLink(): void {
    if (this.#state === 'unused') this.#state = 'full';
  }

  /** Takes one record, which may be overwritten on return. Records for a sandbox that is gone are dropped. */
  send(record: Uint8Array): void {
    if (this.#state === 'down') return;
    if (this.#state !== 'open') this.#waiting.push(record.slice());
    else this.#write(record);
  }

  /** The link takes frames again. */
  drained(): void {
    if (this.#state !== 'full') return;
    this.#state = 'open';
    let sent = 0;
    for (const record of this.#waiting) {
      if (this.#stopped()) break;
      this.#write(record);
      sent += 1;
    }
    this.#waiting.splice(0, sent);
  }

  /** The link is gone for good. */
  down(): void {
    this.#state = 'down';
    this.#waiting = [];
  }

  #stopped(): boolean {
    return this.#state !== 'open';
  }

  #write(record: Uint8Array): void {
    // A link that is down makes `send` throw before its `down` event has come; the event says why.
    try {
      if (!this.#mesh.send(this.#sandbox, record)) this.#state = 'full';
    } catch {
      this.down();
    }
  }
}
