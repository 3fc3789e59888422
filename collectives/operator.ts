/** What a reduction's `data` and `op` mean together: a loop over elements, or a fold of values. */

import { show, withArticle } from '../runtime/comm/show.ts';
import type { NumericArray, Op, OpName } from '../runtime/core/api.ts';
import type { Exchange } from '../runtime/comm/program.ts';
import type { Combine } from './algorithm.ts';
import { failure } from './arguments.ts';
import { type ElementType, elementTypeOf, plainView } from './element-type.ts';
import { integersOnly, type Kernel, kernelOf, opNames } from './kernels/kernel.ts';

/** A numeric array, or a number as an array of one. */
export interface Elements {
  readonly kind: 'array' | 'number';
  readonly type: ElementType;
  readonly vector: NumericArray;
  readonly kernel: Kernel;
  /** Null: the caller's own. */
  readonly op: OpName | null;
  readonly commutative: boolean;
}

/** Any other value, with the caller's own operation. */
export interface Values {
  readonly kind: 'values';
  readonly value: unknown;
  readonly op: Op<unknown>;
}

const float64 = elementTypeOf(new Float64Array(0)) as ElementType;
const int32 = elementTypeOf(new Int32Array(0)) as ElementType;

/** ERR_OP and ERR_TYPE. */
export function operandsOf(exchange: Exchange, data: unknown, op: unknown): Elements | Values {
  const operation = operationOf(exchange, op ?? 'sum');
  const type = elementTypeOf(data);
  if (type !== undefined) {
    const vector = plainView(data as NumericArray, type);
    if (typeof operation === 'string') {
      return {
        kind: 'array',
        type,
        vector,
        kernel: predefined(exchange, operation, type),
        op: operation,
        commutative: true,
      };
    }
    const kernel = { combine: combineBy(exchange, operation, type), normalise: undefined };
    return { kind: 'array', type, vector, kernel, op: null, commutative: operation.commutative };
  }
  if (typeof operation !== 'string') return { kind: 'values', value: data, op: operation };
  if (typeof data !== 'number') {
    throw failure(
      exchange,
      'ERR_TYPE',
      `op '${operation}' is given ${show(data)}`,
      'pass a numeric array or a number, or an op made by createOp',
    );
  }
  return numberOperand(exchange, data, operation);
}

function numberOperand(exchange: Exchange, data: number, op: OpName): Elements {
  const type = integersOnly(op) ? int32 : float64;
  if (type === int32 && data !== (data | 0)) {
    throw failure(
      exchange,
      'ERR_OP',
      `op '${op}' is for integers, and ${data} is not a 32-bit integer`,
      `pass an integer from ${-(2 ** 31)} to ${2 ** 31 - 1}, or a BigInt64Array`,
    );
  }
  const vector = new type.constructor(1);
  vector[0] = data;
  return { kind: 'number', type, vector, kernel: predefined(exchange, op, type), op, commutative: true };
}

function predefined(exchange: Exchange, op: OpName, type: ElementType): Kernel {
  const kernel = kernelOf(op, type);
  if (kernel !== undefined) return kernel;
  throw failure(
    exchange,
    'ERR_OP',
    `op '${op}' is for integers, and the data is ${withArticle(type.name)}`,
    "pass an integer array, or one of 'sum', 'prod', 'min', 'max'",
  );
}

function operationOf(exchange: Exchange, op: unknown): OpName | Op<unknown> {
  if (typeof op === 'string' && (opNames as readonly string[]).includes(op)) return op as OpName;
  if (typeof op === 'object' && op !== null && typeof (op as Partial<Op<unknown>>).combine === 'function') {
    return op as Op<unknown>;
  }
  throw failure(
    exchange,
    'ERR_OP',
    `${show(op)} is not an op`,
    `pass one of ${opNames.map((name) => `'${name}'`).join(', ')}, or an op made by createOp`,
  );
}

/** The caller's combine, element by element. What it throws passes through. */
function combineBy(exchange: Exchange, op: Op<unknown>, type: ElementType): Combine {
  const element = type.name.startsWith('Big') ? 'bigint' : 'number';
  return (target, left, right) => {
    const elements = target as { [index: number]: unknown; length: number };
    for (let i = 0; i < elements.length; i++) {
      const combined = op.combine(left[i], right[i]);
      if (typeof combined !== element) {
        throw failure(
          exchange,
          'ERR_OP',
          `op '${op.name}' combined two elements of ${withArticle(type.name)} into ${show(combined)}`,
          `return a ${element}: with a numeric array, combine is called for each pair of elements`,
        );
      }
      elements[i] = combined;
    }
  };
}
