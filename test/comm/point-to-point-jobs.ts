/** What the ranks of `point-to-point.test.ts` run. Each function is one test's job; a rank that finds fault throws. */
import assert from 'node:assert/strict';
import {
  ANY_SOURCE,
  ANY_TAG,
  type NumericArrayConstructor,
  PROC_NULL,
  strided,
  type TsmpiError,
  world,
} from '../../runtime/index.ts';

const { rank, size, sync } = world;

async function code(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'no error';
  } catch (error) {
    return (error as TsmpiError).code;
  }
}

const types: readonly NumericArrayConstructor[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
];

/** Every type, many lengths, awaited and blocking, with and without `into`, from each rank to each, itself included. */
export async function arrays(): Promise<void> {
  for (const type of types) {
    for (const length of [0, 1, 7, 3000, 70_000]) {
      const bytes = new Uint8Array(length * type.BYTES_PER_ELEMENT);
      for (let index = 0; index < bytes.length; index += 1) bytes[index] = (index * 31 + rank + length) & 127;
      const data = new type(bytes.buffer);
      for (let distance = 0; distance < size; distance += 1) {
        const dest = (rank + distance) % size;
        const source = (rank - distance + size) % size;
        const into = new type(length + (distance & 1));
        const tag = length;
        const got =
          distance % 3 === 0
            ? await world.sendrecv(data, { dest, source, sendTag: tag, recvTag: tag, into })
            : distance % 3 === 1
              ? sync.sendrecv(data, { dest, source, sendTag: tag, recvTag: tag, into })
              : await world.sendrecv<typeof into>(data, { dest, source, sendTag: tag });
        assert.deepEqual([got.source, got.tag, got.bytes], [source, tag, bytes.length]);
        assert.equal(got.data.constructor, type);
        assert.equal(got.data.length, length);
        const view = new Uint8Array(got.data.buffer, got.data.byteOffset, got.data.byteLength);
        for (let index = 0; index < view.length; index += 1) {
          if (view[index] !== ((index * 31 + source + length) & 127)) assert.fail(`byte ${String(index)} is wrong`);
        }
        if (distance % 3 !== 2 && into.length === length) assert.equal(got.data, into);
      }
    }
  }
}

/** Values that are no arrays, small and large. */
export async function values(): Promise<unknown> {
  const loop: { self?: unknown; big: string } = { big: 'x'.repeat(300_000) };
  loop.self = loop;
  const sent = [
    undefined,
    null,
    42,
    'text',
    12n ** 20n,
    new Date(86_400_000),
    new Map<unknown, unknown>([[{ a: 1 }, new Set([1, 2])]]),
    { deep: [{ typed: new Float32Array([1.5, 2.5]) }, /x/giu] },
    [],
    loop,
    new Error('carried'),
  ];
  if (rank === 0) {
    for (const value of sent) await world.send(value, { dest: 1 });
    return undefined;
  }
  for (const value of sent) assert.deepEqual((await world.recv({ source: 0 })).data, value);
  return undefined;
}

/** Small messages (eager) and large ones (pulled) of one tag stay in order, awaited together or one by one. */
export async function order(): Promise<void> {
  const lengths = Array.from({ length: 200 }, (_, index) => (index % 7 === 0 ? 50_000 + index : index));
  if (rank !== 0) {
    const sends = lengths.map((length, index) => world.send(new Int32Array(length).fill(index), { dest: 0, tag: 3 }));
    await Promise.all(sends);
    return;
  }
  for (let source = size - 1; source > 0; source -= 1) {
    for (const [index, length] of lengths.entries()) {
      const { data } = await world.recv<Int32Array>({ source, tag: 3 });
      assert.equal(data.length, length);
      assert.ok(data.every((value) => value === index));
    }
  }
}

/** Receives that are posted first, with wildcards, get messages in the order in which they were posted. */
export async function wildcards(): Promise<void> {
  if (rank === 0) {
    const receives = [
      world.recv<string>({ source: 1, tag: 9 }),
      world.recv<string>({ source: 1 }),
      world.recv<string>(),
      world.recv<string>({ tag: 9 }),
    ];
    await world.send('go', { dest: 1 });
    const got = (await Promise.all(receives)).map(({ data, tag }) => `${data}${String(tag)}`);
    assert.deepEqual(got, ['b9', 'a4', 'c5', 'd9']);
    const rest = new Set<number>();
    await world.send('go', { dest: 1 });
    for (let other = 1; other < size; other += 1) {
      if (other > 1) await world.send('go', { dest: other });
      rest.add((await world.recv({ source: ANY_SOURCE, tag: ANY_TAG })).source);
    }
    assert.equal(rest.size, size - 1);
    return;
  }
  await world.recv({ source: 0 });
  if (rank === 1) {
    await world.send('a', { dest: 0, tag: 4 });
    await world.send('b', { dest: 0, tag: 9 });
    await world.send('c', { dest: 0, tag: 5 });
    await world.send('d', { dest: 0, tag: 9 });
    await world.recv({ source: 0 });
  }
  await world.send(rank, { dest: 0, tag: rank });
}

/** A receiver that is busy: what its sender may leave at its door is bounded, the rest waits at the sender. */
export async function credits(): Promise<number> {
  const message = new Uint8Array(8192);
  if (rank === 0) {
    const sends = Array.from({ length: 1000 }, () => world.send(message, { dest: 1 }));
    let complete = 0;
    for (const send of sends) {
      void send.then(() => {
        complete += 1;
      });
    }
    // The blocking call moves them all as far as they go; its answer comes before rank 1 receives any of them.
    await world.send(null, { dest: 1, tag: 1 });
    sync.recv({ source: 1, tag: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    const before = complete;
    await world.send(null, { dest: 1, tag: 2 });
    await Promise.all(sends);
    return before;
  }
  await world.recv({ source: 0, tag: 1 });
  await world.send(null, { dest: 0, tag: 1 });
  await world.recv({ source: 0, tag: 2 });
  for (let index = 0; index < 1000; index += 1) assert.equal((await world.recv({ tag: 0 })).bytes, 8192);
  return 0;
}

/** Everyone sends to everyone at once, far more than the rings hold. */
export async function flood(): Promise<void> {
  const all: Promise<unknown>[] = [];
  for (let turn = 0; turn < 20; turn += 1) {
    for (let other = 0; other < size; other += 1) {
      const length = turn % 4 === 0 ? 200_000 : 4000;
      all.push(world.send(new Uint8Array(length).fill(turn), { dest: other, tag: turn }));
      all.push(
        world.recv<Uint8Array>({ source: other, tag: turn }).then(({ data }) => {
          assert.equal(data.length, length);
          assert.ok(data.every((byte) => byte === turn));
        }),
      );
    }
  }
  await Promise.all(all);
}

/** A synchronous send waits for its match, a standard one does not. */
export async function synchronous(): Promise<void> {
  if (rank === 0) {
    await world.send('standard', { dest: 1, tag: 1 });
    let matched = false;
    const send = world.send('synchronous', { dest: 1, tag: 2, synchronous: true }).then(() => {
      matched = true;
    });
    const cancellable = world.send('later', { dest: 1, tag: 4, synchronous: true, timeoutMs: 20_000 });
    await world.recv({ source: 1, tag: 1 });
    assert.equal(matched, false);
    await world.send(null, { dest: 1, tag: 3 });
    await send;
    await cancellable;
    return;
  }
  assert.equal((await world.recv({ tag: 1 })).data, 'standard');
  await world.send(null, { dest: 0, tag: 1 });
  await world.recv({ tag: 3 });
  assert.equal((await world.recv({ tag: 2 })).data, 'synchronous');
  assert.equal((await world.recv({ tag: 4 })).data, 'later');
}

/** Probes take a message off its queue, and what they took is received once. */
export async function probes(): Promise<void> {
  if (rank === 0) {
    assert.equal(world.tryProbe(), null);
    await world.send(null, { dest: 1 });
    const found = await world.probe({ source: 1 });
    assert.deepEqual([found.source, found.tag, found.bytes], [1, 5, 24]);
    await world.send(null, { dest: 1 });
    const large = sync.probe({ source: 1, tag: 6 });
    assert.equal(large.bytes, 800_000);
    const none = world.tryProbe({ tag: 5 });
    assert.equal(none, null, 'the probed message is off its queue');
    assert.equal(await code(found.recv({ into: new Float32Array(8) })), 'ERR_TYPE');
    const { data } = await found.recv({ into: new Float64Array(3) });
    assert.deepEqual(data, new Float64Array([1, 2, 3]));
    assert.equal(await code(found.recv()), 'ERR_ARGUMENT');
    assert.equal(large.recv<Float64Array>().data[99_999], 99_999);
    return;
  }
  await world.recv();
  await world.send(new Float64Array([1, 2, 3]), { dest: 0, tag: 5 });
  await world.recv();
  await world.send(
    Float64Array.from({ length: 100_000 }, (_, index) => index),
    { dest: 0, tag: 6 },
  );
}

/** After ERR_TRUNCATE and ERR_TYPE the message is still first in its queue. */
export async function refusals(): Promise<void> {
  if (rank === 1) {
    for (const length of [4, 4000]) await world.send(new Int32Array(length).fill(7), { dest: 0 });
    await world.send('second', { dest: 0 });
    return;
  }
  for (const length of [4, 4000]) {
    const early = code(world.recv({ source: 1, into: new Int32Array(3) }));
    assert.equal(await early, 'ERR_TRUNCATE');
    assert.equal(await code(world.recv({ source: 1, into: new Float64Array(9000) })), 'ERR_TYPE');
    assert.throws(() => sync.recv({ source: 1, into: new Int32Array(1) }), { code: 'ERR_TRUNCATE' });
    const into = new Int32Array(length + 5);
    const { data, bytes } = await world.recv({ source: 1, into });
    assert.deepEqual([data.length, bytes, data.buffer === into.buffer], [length, length * 4, true]);
  }
  assert.equal(await code(world.recv({ source: 1, into: new Int32Array(3) })), 'ERR_TYPE');
  assert.equal((await world.recv()).data, 'second');
}

/** PROC_NULL moves nothing and waits for nobody. */
export async function nobody(): Promise<void> {
  await world.send(1, { dest: PROC_NULL });
  const expected = { source: PROC_NULL, tag: ANY_TAG, bytes: 0, data: undefined };
  assert.deepEqual(await world.recv({ source: PROC_NULL, into: new Int8Array(1) }), expected);
  assert.deepEqual(sync.sendrecv(1, { dest: PROC_NULL, source: PROC_NULL }), expected);
  const probed = await world.probe({ source: PROC_NULL });
  assert.deepEqual(await probed.recv(), expected);
  assert.deepEqual(sync.tryProbe({ source: PROC_NULL })?.source, PROC_NULL);
}

/** A column of a matrix travels packed and lands in another column. */
export async function columns(): Promise<void> {
  const matrix = Float64Array.from({ length: 20 }, (_, index) => (rank === 0 ? index : 0));
  if (rank === 0) {
    await world.send(strided(matrix, { offset: 1, count: 4, blockLength: 2, stride: 5 }), { dest: 1 });
    await world.send(strided(matrix, { offset: 1, count: 4, blockLength: 2, stride: 5 }), { dest: 1 });
    return;
  }
  const view = strided(matrix, { offset: 0, count: 8, stride: 2 });
  const { data } = await world.recv({ into: view });
  assert.equal(data, matrix);
  const packed = [1, 2, 6, 7, 11, 12, 16, 17];
  assert.deepEqual([...matrix], [...packed.flatMap((value) => [value, 0]), 0, 0, 0, 0]);
  assert.deepEqual((await world.recv()).data, Float64Array.from(packed));
}

/** A blocking call moves the awaited ones of its rank, its own sends included. */
export async function mixed(): Promise<void> {
  const other = 1 - rank;
  const large = new Float64Array(200_000).fill(rank);
  const send = world.send(large, { dest: other, tag: 1 });
  const receive = world.recv<Float64Array>({ source: other, tag: 1 });
  // Nothing is awaited before this: the large messages above are moved by the blocking call alone.
  sync.send(rank, { dest: other, tag: 2 });
  assert.equal(sync.recv({ source: other, tag: 2 }).data, other);
  sync.sendrecv(null, { dest: other, source: other, sendTag: 3, recvTag: 3 });
  const { data } = await receive;
  assert.ok(data.every((value) => value === other));
  await send;
}

/** The iterator gives messages as they come and ends with its signal. */
export async function iterator(): Promise<void> {
  if (rank !== 0) {
    for (let index = 0; index < 50; index += 1) await world.send(index, { dest: 0, tag: 8 });
    return;
  }
  const stop = new AbortController();
  const next = new Map<number, number>();
  let count = 0;
  for await (const { source, data } of world.messages<number>({ tag: 8, signal: stop.signal })) {
    assert.equal(data, next.get(source) ?? 0);
    next.set(source, data + 1);
    count += 1;
    if (count === 50 * (size - 1)) stop.abort();
  }
  assert.equal(count, 50 * (size - 1));
}

/** Random traffic, some of it cancelled: returns how many messages this rank got and how many were sent to it. */
export async function soup(seed: number): Promise<[number, number]> {
  let state = seed + rank;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
  const stop = new AbortController();
  let got = 0;
  const reader = (async () => {
    for await (const { data } of world.messages<Uint8Array>({ tag: 1, signal: stop.signal })) {
      assert.ok(data.every((byte) => byte === data[0]));
      got += 1;
    }
  })();
  const complete = new Float64Array(size);
  const sends: Promise<void>[] = [];
  for (let index = 0; index < 200; index += 1) {
    const dest = random(size);
    const length = [0, 10, 5000, 20_000, 300_000][random(5)] ?? 0;
    const hurry = random(4) === 0 ? { timeoutMs: random(3) } : {};
    const options = { dest, tag: 1, synchronous: random(5) === 0, ...hurry };
    const send = world.send(new Uint8Array(length).fill(index & 255), options).then(
      () => {
        complete[dest] = (complete[dest] ?? 0) + 1;
      },
      (error: unknown) => {
        assert.equal((error as TsmpiError).code, 'ERR_TIMEOUT');
      },
    );
    sends.push(send);
    if (random(10) === 0) await send;
  }
  await Promise.all(sends);
  // Everything of which the sender knows that it was sent must come, and nothing else.
  const expected = (await world.allreduce(complete))[rank] ?? -1;
  while (got < expected) await new Promise((resolve) => setImmediate(resolve));
  await world.barrier();
  stop.abort();
  await reader;
  return [got, expected];
}

/** Arrays over shared memory, parts of arrays, and Buffers. */
export async function memories(): Promise<void> {
  const shared = new Int16Array(new SharedArrayBuffer(100));
  if (rank === 0) {
    shared.fill(4);
    await world.send(shared, { dest: 1 });
    await world.send(new Float64Array([0, 1, 2, 3]).subarray(1, 3), { dest: 1 });
    await world.send(Buffer.from('bytes'), { dest: 1 });
    await world.send(Buffer.from('bytes'), { dest: 1 });
    await world.send(strided(Buffer.from('bytes'), { count: 3, stride: 2 }), { dest: 1 });
    return;
  }
  await world.recv({ into: shared });
  assert.ok(shared.every((value) => value === 4));
  assert.deepEqual((await world.recv()).data, new Float64Array([1, 2]));
  assert.deepEqual((await world.recv()).data, new TextEncoder().encode('bytes'));
  const into = Buffer.alloc(5);
  assert.equal((await world.recv({ into })).data, into);
  assert.equal(into.toString(), 'bytes');
  assert.deepEqual((await world.recv()).data, new TextEncoder().encode('bts'));
}

/** More messages than anybody should have to take before another rank is heard. */
const patience = 20_000;

/** Slower than who sends, so that there is always another message of it. */
function linger(): void {
  const until = performance.now() + 0.02;
  while (performance.now() < until);
}

/** Says whether `call` has resolved by now. */
function resolved(call: Promise<unknown>): () => boolean {
  let is = false;
  void call.then(() => (is = true));
  return () => is;
}

/** Rank 1 sends without end; rank 0 takes that, and hears rank 2 all the same: from anywhere, or being pulled from. */
export async function loud(): Promise<void> {
  const stop = 1;
  const into = new Float64Array(1);
  const long = new Float64Array(500_000).fill(7);
  if (rank === 1) {
    const stopped = resolved(world.recv({ source: 0, tag: stop }));
    for (let round = 0; !stopped(); round += 1) {
      const window = Array.from({ length: 64 }, (_, index) => world.send(Float64Array.of(index), { dest: 0 }));
      await Promise.all(window);
      if (round % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await world.send(Float64Array.of(-1), { dest: 0 });
  } else if (rank === 2) {
    await world.send(into, { dest: 0 });
    assert.deepEqual((await world.recv<Float64Array>({ source: 0 })).data, long);
  } else {
    for (let taken = 0; (await world.recv({ source: ANY_SOURCE, into })).source !== 2; taken += 1) {
      assert.ok(taken < patience, 'rank 2 is not heard');
      linger();
    }
    const sent = resolved(world.send(long, { dest: 2 }));
    for (let taken = 0; !sent(); taken += 1) {
      await world.recv({ source: 1, into });
      assert.ok(taken < patience, 'what rank 2 asks for is not sent');
      linger();
    }
    await world.send(into, { dest: 1, tag: stop });
    while (into[0] !== -1) await world.recv({ source: 1, into });
  }
}

/** Rank 0 comes last to every call, and so waits for nobody; what it has sent goes on its way all the same. */
export async function late(): Promise<void> {
  const long = new Float64Array(500_000).fill(7);
  const into = new Float64Array(long.length);
  let isOver = (): boolean => rank > 1;
  for (let calls = 0; ; calls += 1) {
    if (calls === 100 && rank < 2) {
      isOver = resolved(rank === 0 ? world.send(long, { dest: 1 }) : world.recv({ source: 0, into }));
    }
    if (rank === 0) linger();
    const over = sync.allreduce(Int32Array.of(isOver() ? 1 : 0));
    // Only for what is done to be said; nothing else moves in it.
    await Promise.resolve();
    if (over[0] === size) break;
    assert.ok(calls < patience, 'the message has not come');
  }
  if (rank === 1) assert.deepEqual(into, long);
}
