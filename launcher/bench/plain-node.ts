/**
 * What plain Node takes: the measure that a sandbox's memory is held against.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { medianOf } from './statistics.ts';

/** Says that it is up; tells its proportional share of memory in KiB when asked; ends with its input. */
const program = `
  process.stdout.write('up ');
  process.stdin.on('data', () => {
    const rollup = require('node:fs').readFileSync('/proc/self/smaps_rollup', 'utf8');
    process.stdout.write(/^Pss:\\s+(\\d+) kB$/m.exec(rollup)[1] + ' ');
  });`;

type Node = ChildProcessByStdio<Writable, Readable, null>;

/** The memory of one of so many that run at once, in MiB. */
export async function plainNodeMiB(count: number): Promise<number> {
  const nodes = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', program], { env: {}, stdio: ['pipe', 'pipe', 'ignore'] }),
  );
  try {
    await Promise.all(nodes.map(nextWord));
    const shares = await Promise.all(
      nodes.map((node) => {
        node.stdin.write('?');
        return nextWord(node);
      }),
    );
    return medianOf(shares.map((text) => Number(text) / 1024));
  } finally {
    for (const node of nodes) node.stdin.end();
  }
}

/** What it prints up to the next blank. */
function nextWord({ stdout }: Node): Promise<string> {
  return new Promise((resolve, reject) => {
    let word = '';
    const onData = (bytes: Buffer): void => {
      word += bytes.toString();
      if (word.endsWith(' ')) done(() => resolve(word));
    };
    const onEnd = (): void => done(() => reject(new Error('a plain node ended early')));
    const done = (settle: () => void): void => {
      stdout.off('data', onData).off('end', onEnd).pause();
      settle();
    };
    stdout.on('data', onData).on('end', onEnd).resume();
  });
}
