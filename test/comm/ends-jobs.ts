/** What the ranks of `ends.test.ts` run: calls that end early, ranks that end early. */
import assert from 'node:assert/strict';
import { type TsmpiError, world } from '../../runtime/index.ts';

const { rank, size, sync } = world;

async function rejection(call: Promise<unknown>): Promise<TsmpiError> {
  try {
    await call;
  } catch (error) {
    return error as TsmpiError;
  }
  return assert.fail('the call did not reject');
}

/** A receive that times out, or whose signal aborts, takes no message with it. */
export async function cancelledReceives(): Promise<void> {
  if (rank === 1) {
    await world.recv({ source: 0 });
    await world.send('kept', { dest: 0, tag: 1 });
    return;
  }
  const stop = new AbortController();
  const cancelled = rejection(world.recv({ source: 1, tag: 1, signal: stop.signal }));
  const late = await rejection(world.recv({ source: 1, tag: 1, timeoutMs: 1 }));
  assert.equal(late.code, 'ERR_TIMEOUT');
  assert.match(late.message, /rank 0 recv\(source 1, tag 1\) on world: not complete after 1 ms/u);
  assert.throws(() => sync.recv({ timeoutMs: 1 }), { code: 'ERR_TIMEOUT' });
  assert.equal((await rejection(world.probe({ timeoutMs: 0 }))).code, 'ERR_TIMEOUT');
  stop.abort('enough');
  const error = await cancelled;
  assert.deepEqual([error.code, error.cause], ['ERR_CANCELLED', 'enough']);
  assert.equal((await rejection(world.recv({ signal: stop.signal }))).code, 'ERR_CANCELLED');
  await world.send(null, { dest: 1 });
  assert.equal((await world.recv({ source: 1, tag: 1 })).data, 'kept');
}

/** Many calls with one signal: it ends all of them, and node takes none for a leak. */
export async function oneSignal(): Promise<void> {
  const warnings: string[] = [];
  process.on('warning', ({ name }) => warnings.push(name));
  const stop = new AbortController();
  const { signal } = stop;
  for (let turn = 0; turn < 20; turn += 1) {
    await world.sendrecv(turn, { dest: 1 - rank, source: 1 - rank, sendTag: 1, recvTag: 1 });
  }
  const calls = Array.from({ length: 100 }, (_, tag) => rejection(world.recv({ tag: 2 + tag, signal })));
  const own = world.recv({ tag: 1, signal });
  await world.send('in time', { dest: 1 - rank, tag: 1 });
  assert.equal((await own).data, 'in time');
  stop.abort();
  for (const call of calls) assert.equal((await call).code, 'ERR_CANCELLED');
  // A warning is emitted in a turn of its own.
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, []);
  // Who returns earlier fails the calls of the other, which wait for anybody.
  await world.barrier();
}

/** A long message whose first receive is cancelled in the middle goes whole to the next one, and before later ones. */
export async function cancelledPulls(): Promise<void> {
  const length = 1_000_000;
  if (rank === 1) {
    await world.recv({ source: 0 });
    const long = world.send(
      Float64Array.from({ length }, (_, index) => index),
      { dest: 0, tag: 1 },
    );
    await world.send('behind it', { dest: 0, tag: 2 });
    await long;
    return;
  }
  const stop = new AbortController();
  const first = rejection(world.recv({ source: 1, into: new Float64Array(length), signal: stop.signal }));
  const second = world.recv<Float64Array>({ source: 1, tag: 1 });
  await world.send(null, { dest: 1 });
  // The first receive was posted first, so by the time this one is here the long message is on its way into it.
  assert.equal((await world.recv({ source: 1, tag: 2 })).data, 'behind it');
  stop.abort();
  assert.equal((await first).code, 'ERR_CANCELLED');
  const { data } = await second;
  assert.equal(data.length, length);
  assert.ok(data.every((value, index) => value === index));
}

/** A send that is cancelled before it was taken is never received; the one behind it is. */
export async function cancelledSends(): Promise<void> {
  const long = new Float64Array(100_000);
  if (rank === 0) {
    const stop = new AbortController();
    const cancelled = rejection(world.send(long.fill(1), { dest: 1, signal: stop.signal }));
    const unmatched = rejection(world.send('short', { dest: 1, synchronous: true, signal: stop.signal }));
    const late = await rejection(world.send(long, { dest: 1, timeoutMs: 1 }));
    assert.equal(late.code, 'ERR_TIMEOUT');
    stop.abort();
    assert.deepEqual([(await cancelled).code, (await unmatched).code], ['ERR_CANCELLED', 'ERR_CANCELLED']);
    await world.send('go', { dest: 1, tag: 9 });
    await world.send(long.fill(2), { dest: 1 });
    return;
  }
  await world.recv({ tag: 9 });
  const { data } = await world.recv<Float64Array>({ source: 0, tag: 0 });
  assert.ok(data.every((value) => value === 2));
}

/** A long send that is cancelled while it is pulled: its receive waits on, and takes the next message. */
export async function withdrawn(): Promise<void> {
  if (rank === 0) {
    const stop = new AbortController();
    // Longer than one window, and rank 1 asks for more only when it polls: it stays incomplete while rank 1 waits here.
    const send = world.send(new Uint8Array(8_000_000).fill(1), { dest: 1, signal: stop.signal });
    await world.recv({ source: 1 });
    stop.abort();
    const how = await send.then(
      () => 'complete',
      (error: unknown) => (error as TsmpiError).code,
    );
    await world.send(how, { dest: 1, tag: 5 });
    await world.send(new Uint8Array(10).fill(2), { dest: 1 });
    return;
  }
  const receive = world.recv<Uint8Array>({ source: 0, tag: 0 });
  await world.send('pulling', { dest: 0 });
  const how = (await world.recv({ source: 0, tag: 5 })).data;
  const { data } = await receive;
  assert.ok(how === 'complete' || how === 'ERR_CANCELLED');
  assert.equal(data.length, how === 'complete' ? 8_000_000 : 10);
  if (how === 'complete') assert.equal((await world.recv<Uint8Array>({ source: 0, tag: 0 })).data.length, 10);
}

/** Rank 0 returns at once; those who wait for it hear so, and what it sent is still received. */
export async function departed(): Promise<unknown> {
  if (rank === 0) {
    for (let other = 1; other < size; other += 1) await world.send('last words', { dest: other, tag: 1 });
    return undefined;
  }
  const waiting = await rejection(world.recv({ source: 0, tag: 2 }));
  const blocked = await rejection(Promise.resolve().then(() => sync.recv({ source: 0, tag: 2 })));
  const long = await rejection(world.send(new Uint8Array(100_000), { dest: 0 }));
  const synchronous = await rejection(world.send(1, { dest: 0, synchronous: true }));
  const collective = await rejection(world.barrier());
  assert.equal((await world.recv({ source: 0 })).data, 'last words');
  for (const error of [waiting, blocked, long, synchronous, collective]) {
    assert.equal(error.code, 'ERR_RANK_FAILED');
    assert.match(error.message, /has returned/u);
  }
  assert.deepEqual(waiting.failed, [0]);
  return waiting.message;
}

/** The last rank that waits for anybody hears that nobody is left. */
export async function alone(): Promise<unknown> {
  if (rank !== 0) {
    await world.send(rank, { dest: 0 });
    return undefined;
  }
  for (let other = 1; other < size; other += 1) await world.recv();
  const error = await rejection(world.recv());
  assert.equal(error.code, 'ERR_RANK_FAILED');
  return error.message;
}

/** One rank ends the job: every pending and every later call of the others rejects and says why. */
export async function aborted(): Promise<unknown> {
  if (rank === 0) {
    for (let other = 1; other < size; other += 1) await world.recv({ source: other, tag: 1 });
    try {
      world.abort(3, 'no more data');
    } catch (error) {
      return (error as TsmpiError).code;
    }
  }
  const pending = [
    rejection(world.recv({ source: 0 })),
    rejection(world.send(new Uint8Array(100_000), { dest: 0, tag: 9 })),
    rejection(world.send('x', { dest: 0, tag: 9, synchronous: true })),
  ];
  await world.send('ready', { dest: 0, tag: 1 });
  let blocked: unknown;
  try {
    sync.recv({ source: 0 });
  } catch (error) {
    blocked = error;
  }
  const errors = [...(await Promise.all(pending)), blocked as TsmpiError, await rejection(world.barrier())];
  for (const error of errors) assert.equal(error.code, 'ERR_ABORTED');
  return errors[0]?.message;
}

/** Told that rank 1 failed, calls that need it, or could, reject; others go on. */
export async function failed(): Promise<void> {
  if (rank === 1) return;
  const any = await rejection(world.recv({ tag: 7 }));
  const from = await rejection(world.recv({ source: 1 }));
  const to = await rejection(world.send('short', { dest: 1 }));
  for (const error of [any, from, to]) assert.deepEqual([error.code, error.failed], ['ERR_RANK_FAILED', [1]]);
  assert.deepEqual(world.failed, [1]);
  const other = rank === 0 ? 2 : 0;
  assert.equal((await world.sendrecv(rank, { dest: other, source: other })).data, other);
}

/** A collective that runs out of time on one rank cannot be completed by the others. */
export async function timedOut(): Promise<void> {
  if (rank === 0) {
    assert.throws(() => {
      sync.barrier({ timeoutMs: 1 });
    }, /ERR_TIMEOUT.*rank 0 barrier on world/u);
    assert.equal((await rejection(world.barrier())).code, 'ERR_REVOKED');
  }
  // On every rank, and messages too: rank 1 waits for one that never comes.
  assert.equal((await rejection(world.recv({ source: 1 - rank }))).code, 'ERR_REVOKED');
}
