import { TsmpiError } from '../core/errors.ts';
import { outputChunkBytes } from '../core/limits.ts';
import { type Call, type CallStatus, type Channel, StatusCode } from './channel.ts';
import {
  decodeReceipt,
  encodeOutput,
  foreign,
  type OutputBody,
  outputPath,
  type OutputReceipt,
  type Scope,
} from './protocol.ts';

/** Who speaks on the Output stream. */
export interface OutputIdentity extends Scope {
  readonly index: number;
  /** The launcher's ticket from the welcome. */
  readonly ticket: string;
}

/** A sandbox's Output stream: opened by the first output, closed with a receipt. */
export class OutputSender {
  readonly #channel: Channel;
  readonly #identity: OutputIdentity;
  #call: Call | null = null;
  #sequence = 0;
  /** Set while the stream is full. */
  #drained: Promise<void> | null = null;
  #drain: (() => void) | null = null;
  #receipt: Promise<OutputReceipt> | null = null;
  #isOver = false;

  constructor(channel: Channel, identity: OutputIdentity) {
    this.#channel = channel;
    this.#identity = identity;
  }

  /** No rank of the sandbox has printed anything yet. */
  get isUnused(): boolean {
    return this.#call === null;
  }

  /** Sends bytes of a rank; they are copied. A promise while the stream is full. */
  send(rank: number, stream: 1 | 2, bytes: Uint8Array): void | Promise<void> {
    for (let at = 0; at < bytes.byteLength; at += outputChunkBytes) {
      const piece = bytes.subarray(at, at + outputChunkBytes);
      this.#write({ chunk: { sequence: this.#next(), rank, stream, bytes: piece } });
    }
    return this.#drained ?? undefined;
  }

  /** The rank prints nothing more. */
  over(rank: number): void {
    this.#write({ over: { sequence: this.#next(), rank } });
  }

  /** Ends the stream; resolves when the launcher has handled every message of it. Rejects with ERR_PROTOCOL. */
  async end(): Promise<void> {
    if (this.#call === null || this.#receipt === null) return;
    this.#call.end();
    const receipt = await this.#receipt;
    const wrong = foreign(this.#identity, receipt);
    const { messages = 0 } = receipt;
    if (wrong === null && messages === this.#sequence) return;
    const what = wrong ?? `the launcher handled ${String(messages)} of ${String(this.#sequence)} output messages`;
    throw new TsmpiError('ERR_PROTOCOL', what, { where: 'rendezvous output' });
  }

  /** Gives the stream up. Whoever waits is let go. */
  cancel(): void {
    this.#isOver = true;
    this.#call?.cancel();
    this.#release();
  }

  #next(): number {
    const sequence = this.#sequence;
    this.#sequence += 1;
    return sequence;
  }

  #write(body: OutputBody): void {
    if (this.#isOver) return;
    const call = this.#call ?? this.#open();
    if (call.write(encodeOutput(this.#identity, body))) return;
    this.#drained ??= new Promise((resolve) => {
      this.#drain = resolve;
    });
  }

  #open(): Call {
    const { index, ticket } = this.#identity;
    let receipt: OutputReceipt | Error | null = null;
    let settle: (status: CallStatus) => void = () => undefined;
    this.#receipt = new Promise((resolve, reject) => {
      settle = ({ code, details }) => {
        if (code === StatusCode.ok && receipt !== null && !(receipt instanceof Error)) resolve(receipt);
        else {
          const why = receipt instanceof Error ? receipt.message : details || 'no receipt';
          reject(new TsmpiError('ERR_PROTOCOL', why, { where: 'rendezvous output' }));
        }
      };
    });
    // Whether anybody waits for the receipt or not; the Join stream tells that the launcher is gone.
    this.#receipt.catch(() => undefined);
    const call = this.#channel.call(outputPath, {
      message: (bytes) => {
        receipt = readReceipt(bytes);
      },
      drain: () => {
        this.#release();
      },
      ended: (status) => {
        this.#isOver = true;
        this.#release();
        settle(status);
      },
    });
    this.#call = call;
    call.write(encodeOutput(this.#identity, { open: { sandbox: index, ticket } }));
    return call;
  }

  #release(): void {
    this.#drain?.();
    this.#drain = null;
    this.#drained = null;
  }
}

function readReceipt(bytes: Uint8Array): OutputReceipt | Error {
  try {
    return decodeReceipt(bytes);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
