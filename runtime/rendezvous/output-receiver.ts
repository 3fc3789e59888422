import type { ServerReadableStream, sendUnaryData } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { timingSafeEqual } from 'node:crypto';
import { handshakeTimeoutMs, outputChunkBytes } from '../core/limits.ts';
import type { RendezvousEvents } from './options.ts';
import { encodeReceipt, foreign, type OutputMessage, type Scope } from './protocol.ts';
import type { Seat } from './seat.ts';

/** The stream of one Output call. */
export type OutputCall = ServerReadableStream<OutputMessage, Buffer>;

/**
 * Serves one Output call: reads a message only when the one before has been handled, so that a slow launcher slows the
 * ranks down and nothing piles up. `seat` finds the sandbox that may speak.
 */
export async function receiveOutput(
  call: OutputCall,
  answer: sendUnaryData<Buffer>,
  scope: Scope,
  seat: (index: number) => Seat | undefined,
  events: RendezvousEvents,
): Promise<void> {
  // Who opens the stream and says nothing holds no place for long.
  const silence = setTimeout(() => call.destroy(), handshakeTimeoutMs);
  let speaker: Seat | null = null;
  let messages = 0;
  try {
    for await (const message of call as AsyncIterable<OutputMessage>) {
      const elsewhere = foreign(scope, message);
      if (elsewhere !== null) throw new Violation(elsewhere);
      if (speaker === null) {
        speaker = admit(message, seat);
        clearTimeout(silence);
      } else {
        await handle(message, messages, speaker, events);
        messages += 1;
      }
    }
    answer(null, encodeReceipt(scope, messages));
  } catch (error) {
    // A stream that broke needs no answer; the Join stream of the sandbox tells the launcher.
    if (!(error instanceof Violation)) return;
    speaker?.lose(`broke the protocol: ${error.message}`);
    answer({ code: speaker === null ? status.UNAUTHENTICATED : status.INVALID_ARGUMENT, details: error.message });
  } finally {
    clearTimeout(silence);
  }
}

/** The peer said what it must not say. */
class Violation extends Error {}

function admit(message: OutputMessage, seat: (index: number) => Seat | undefined): Seat {
  if (message.body !== 'open') throw new Violation('output before the stream was opened');
  const { sandbox = 0, ticket = '' } = message.open;
  const found = seat(sandbox);
  const given = Buffer.from(ticket);
  const expected = Buffer.from(found?.ticket ?? '');
  const isKnown = given.length === expected.length && given.length > 0 && timingSafeEqual(given, expected);
  if (found === undefined || !isKnown || found.isGone) throw new Violation('the output ticket is wrong');
  if (found.hasOutput) throw new Violation('the output ticket was used before');
  found.hasOutput = true;
  return found;
}

async function handle(message: OutputMessage, expected: number, seat: Seat, events: RendezvousEvents): Promise<void> {
  const piece = message.body === 'chunk' ? message.chunk : message.body === 'over' ? message.over : null;
  if (piece === null) throw new Violation(`${message.body ?? 'an empty message'} on the output stream`);
  const { sequence = 0, rank = 0 } = piece;
  if (sequence !== expected) throw new Violation(`output message ${String(sequence)} instead of ${String(expected)}`);
  if (!seat.ranks.includes(rank)) throw new Violation(`output of rank ${String(rank)}, which it does not hold`);
  if (message.body !== 'chunk') {
    events.outputOver(seat.index, rank);
    return;
  }
  const { stream = 0, bytes = new Uint8Array() } = message.chunk;
  if (stream !== 1 && stream !== 2) throw new Violation(`output stream ${String(stream)}, there are 1 and 2`);
  if (bytes.byteLength > outputChunkBytes) {
    throw new Violation(`${String(bytes.byteLength)} bytes of output at once, at most ${String(outputChunkBytes)}`);
  }
  await events.output(seat.index, rank, stream, bytes);
}
