import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Interrupts } from '../../launcher/cli/interrupts.ts';

/** Interrupts that write down what they do. */
function listening(): { interrupts: Interrupts; done: string[]; job: { end(signal: string): void; kill(): void } } {
  const done: string[] = [];
  const interrupts = new Interrupts((signal) => done.push(`exit ${signal}`));
  const job = {
    end: (signal: string): void => {
      done.push(`end ${signal}`);
    },
    kill: (): void => {
      done.push('kill');
    },
  };
  return { interrupts, done, job };
}

/** Sends this process a real signal, and waits until its listeners have run. */
async function receive(signal: NodeJS.Signals): Promise<void> {
  // Signals do not keep an event loop alive; this timer does until one has come.
  const alive = setInterval(() => undefined, 60_000);
  const received = once(process, signal);
  process.kill(process.pid, signal);
  await received;
  clearInterval(alive);
}

test('the first signal ends the job, the second kills it, the third ends the launcher', async () => {
  const { interrupts, done, job } = listening();
  interrupts.aim(job);
  await receive('SIGINT');
  await interrupts.first;
  await receive('SIGINT');
  await receive('SIGTERM');
  interrupts.stop();
  assert.deepEqual(done, ['end SIGINT', 'kill', 'exit SIGINT']);
});

test('signals that come while the job is being set up reach it once it runs', async () => {
  const { interrupts, done, job } = listening();
  await receive('SIGTERM');
  assert.deepEqual(done, []);
  interrupts.aim(job);
  assert.deepEqual(done, ['end SIGTERM']);
  interrupts.stop();

  const impatient = listening();
  await receive('SIGHUP');
  await receive('SIGINT');
  impatient.interrupts.aim(impatient.job);
  assert.deepEqual(impatient.done, ['end SIGHUP', 'kill']);
  impatient.interrupts.stop();
});

test('nothing listens any more once stopped', () => {
  const before = process.listenerCount('SIGINT');
  const { interrupts } = listening();
  assert.equal(process.listenerCount('SIGINT'), before + 1);
  interrupts.stop();
  assert.equal(process.listenerCount('SIGINT'), before);
});
