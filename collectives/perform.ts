/** Runs the steps of an algorithm over a communicator: the blocking and the async driver are the same program. */

import { isTsmpiError, type TsmpiError } from '../runtime/core/errors.ts';
import { callError } from '../runtime/comm/call-errors.ts';
import type { Exchange, Operation, Program } from '../runtime/comm/program.ts';
import type { ReceiveStep, SendStep, Steps, WaitStep } from './algorithm.ts';
import { bytesOf } from '../runtime/comm/element-type.ts';
import { noteMessages } from './noted.ts';
import { copyElements } from './element-type.ts';

interface InFlight {
  readonly step: SendStep | ReceiveStep;
  readonly operation: Operation;
}

/** What an observer of the steps may want to know; the simulated driver charges its clock. */
export type OnReduced = (bytes: number) => void;

/**
 * The program that does what `steps` say, in their order. A message of another length than its receiver expects is
 * ERR_MISMATCH: the ranks called with different lengths, types or counts.
 */
export function* perform(exchange: Exchange, steps: Steps, onReduced?: OnReduced): Program<void> {
  noteMessages();
  let inFlight: InFlight[] = [];
  for (const step of steps) {
    switch (step.kind) {
      case 'send':
        inFlight.push({ step, operation: exchange.send(step.peer, step.tag, bytesOf(step.data)) });
        break;
      case 'receive':
        inFlight.push({ step, operation: exchange.receive(step.peer, step.tag, bytesOf(step.into)) });
        break;
      case 'reduce':
        step.combine(step.target, step.left, step.right);
        onReduced?.(step.target.byteLength);
        break;
      case 'copy':
        copyElements(step.target, step.source);
        break;
      case 'wait':
        inFlight = yield* settle(exchange, step, inFlight);
        break;
    }
  }
  if (inFlight.length > 0) yield* settle(exchange, { kind: 'wait', steps: null }, inFlight);
}

/** Waits for what the step names, and returns what is still in flight then. */
function* settle(exchange: Exchange, { steps }: WaitStep, inFlight: InFlight[]): Program<InFlight[]> {
  const named = steps === null ? inFlight : inFlight.filter(({ step }) => steps.includes(step));
  try {
    if (named.length > 0) yield named.map(({ operation }) => operation);
  } catch (error) {
    throw isTsmpiError(error) && error.code === 'ERR_TRUNCATE' ? disagreement(exchange, error) : error;
  }
  for (const { step, operation } of named) {
    if (step.kind === 'send') continue;
    step.received = operation.bytes / step.into.BYTES_PER_ELEMENT;
    if (!Number.isInteger(step.received) || (step.exact && operation.bytes !== step.into.byteLength)) {
      throw disagreement(exchange, undefined, { peer: step.peer, came: operation.bytes, due: step.into.byteLength });
    }
  }
  return steps === null ? [] : inFlight.filter((entry) => !named.includes(entry));
}

function disagreement(
  exchange: Exchange,
  cause: unknown,
  lengths?: { readonly peer: number; readonly came: number; readonly due: number },
): TsmpiError {
  const rankOf = exchange.rankOf ?? ((rank: number): number => rank);
  const what =
    lengths === undefined
      ? 'a rank sent more than this one expects'
      : `rank ${rankOf(lengths.peer)} sent ${lengths.came} bytes, this rank expects ${lengths.due}`;
  return callError('ERR_MISMATCH', what, {
    where: exchange.where,
    rank: rankOf(exchange.rank),
    operation: exchange.operation,
    cause,
    remedy: 'call it with the same collective, root, op, element type, length and counts on every rank',
  });
}
