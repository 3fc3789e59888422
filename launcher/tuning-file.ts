/**
 * Tuning files: reading one, writing one, and for which machine it is.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { dirname } from 'node:path';
import { type Machine, type Tuning, tuningOf } from '../collectives/tuning.ts';

const fileLengthMax = 1024 * 1024;

/** A file's contents. What is wrong with it is thrown as an Error of one line. */
export function readTuning(path: string): Tuning {
  try {
    return tuningOf(parsed(textOf(path)));
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

function textOf(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`, { cause: error });
  }
  if (text.length > fileLengthMax) throw new Error(`it is longer than ${String(fileLengthMax)} characters`);
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error('it is not JSON', { cause: error });
  }
}

/** Makes the folder too. */
export function writeTuning(path: string, tuning: Tuning): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(tuning, null, 2)}\n`);
}

export function isForThisMachine({ machine }: Tuning): boolean {
  const { processor, cores } = thisMachine();
  return machine.processor === processor && machine.cores === cores;
}

export function thisMachine(): Machine {
  return { processor: cpus()[0]?.model.trim() ?? '', cores: availableParallelism() };
}
