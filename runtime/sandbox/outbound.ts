/** Records on their way to one other sandbox: straight into its link, or waiting here while the link is full. */

/** The part of the mesh that this needs. */
export interface FrameSender {
  send(to: number, ...parts: readonly Uint8Array[]): boolean;
}

type LinkState = 'open' | 'full' | 'down';

export class Outbound {
  readonly #mesh: FrameSender;
  readonly #sandbox: number;
  #state: LinkState = 'open';
  #waiting: Uint8Array[] = [];

  constructor(mesh: FrameSender, sandbox: number) {
    this.#mesh = mesh;
    this.#sandbox = sandbox;
  }

  /** Takes one record, which may be overwritten on return. Records for a sandbox that is gone are dropped. */
  send(record: Uint8Array): void {
    if (this.#state === 'down') return;
    if (this.#state === 'full') this.#waiting.push(record.slice());
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
