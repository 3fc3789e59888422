/** Asks at a job's door for a stream. */
import { ask } from './ask.ts';
import { FramedStream } from './framed-stream.ts';

export interface StreamRequest {
  /** Path of the door's unix socket. */
  readonly door: string;
  /** By which the gateway knows the sandbox. */
  readonly secret: string;
  readonly rank: number;
  readonly resource: string;
  /** Asked for by a client that does not say for which of the sandbox's ranks. */
  readonly endpoint?: boolean;
  /** In front of errors. */
  readonly where: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Rejects with ERR_DENIED when one of the two sides refuses, with ERR_CONNECTOR when the stream cannot be opened, with
 * ERR_CANCELLED when the signal aborts.
 */
export async function openStream({ door, where, signal, ...question }: StreamRequest): Promise<FramedStream> {
  const { socket, reader, more } = await ask(door, question, { where, signal });
  return new FramedStream(socket, where, reader, more).unlessCut();
}
