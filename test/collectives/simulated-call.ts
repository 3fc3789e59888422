/** Calls of collectives on simulated ranks: the definitions that communicators get, over messages in one process. */

import assert from 'node:assert/strict';
import { collectiveMethods } from '../../collectives/index.ts';
import { type Outcome, simulatePrograms } from '../../collectives/simulate.ts';
import { isTsmpiError } from '../../runtime/core/errors.ts';

type Arguments = readonly [data?: unknown, options?: Record<string, unknown>];

/** What each rank came to. For `barrier` the options still come second. */
export function outcomes(
  name: string,
  size: number,
  argumentsOf: (rank: number) => Arguments,
): readonly Outcome<unknown>[] {
  const definition = collectiveMethods.find((candidate) => candidate.name === name);
  assert.ok(definition !== undefined, `there is no collective ${name}`);
  return simulatePrograms(
    size,
    (exchange) => {
      const [data, options = {}] = argumentsOf(exchange.rank);
      return definition.start(exchange, data, options);
    },
    { operation: name },
  ).outcomes;
}

/** The result on each rank; throws the first error. */
export function call(name: string, size: number, argumentsOf: (rank: number) => Arguments): unknown[] {
  return outcomes(name, size, argumentsOf).map((outcome) => {
    if ('error' in outcome) throw outcome.error;
    if ('stuck' in outcome) throw new Error(outcome.stuck);
    return outcome.value;
  });
}

/** The code of each rank's error; 'ok' or 'stuck' where there is none. */
export function codes(name: string, size: number, argumentsOf: (rank: number) => Arguments): string[] {
  return outcomes(name, size, argumentsOf).map((outcome) => {
    if ('value' in outcome) return 'ok';
    if ('stuck' in outcome) return 'stuck';
    assert.ok(isTsmpiError(outcome.error), String(outcome.error));
    assert.equal(outcome.error.operation, name);
    assert.match(outcome.error.message, /^\[ERR_[A-Z]+\] rank \d+ \w+ on simulation: .+; .+/);
    return outcome.error.code;
  });
}
