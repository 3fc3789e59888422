/**
 * Streams that are cut in the middle, at offsets of chance and in four ways: what has come is never taken for the
 * whole. Each round has transfers of different lengths at once.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type PrivateNetwork, withPrivateNetwork } from '../harness/private-network.ts';
import { privateService } from '../harness/private-service.ts';

/** Transfers cut on their way, in each of the ways; rounds until they are reached, and at most. */
const wanted = 50;
const longest = 6 * 1024 * 1024;
/** Of a rank: its rounds, at most, and its streams at once in each. */
const usual = { rounds: 80, streams: 4, longest };
type Plan = typeof usual;

/** Gives as many bytes as it is asked for, in about a second for the longest. */
const source = privateService((socket) => {
  socket.once('data', (asked: Buffer) => {
    let left = Number(asked.toString());
    const piece = Buffer.alloc(64 * 1024, 7);
    const timer = setInterval(() => {
      const bytes = Math.min(left, piece.byteLength);
      left -= bytes;
      socket.write(piece.subarray(0, bytes));
      if (left > 0) return;
      clearInterval(timer);
      socket.end();
    }, 10);
    socket.once('close', () => clearInterval(timer));
  });
});

const random = (most: number): number => 1 + Math.floor(Math.random() * most);

/**
 * Says «round» when the transfers of one have begun, if any has, then prints the end of each: `whole`, `SHORT`, or the
 * code of its error, and how far it came.
 */
const job = `
  import { world } from 'tsmpi';
  import { connect } from 'tsmpi/connectors';
  const [wanted, rounds, streams, longest] = process.argv.slice(2).map(Number);
  let cut = 0;
  /** Until its first bytes are there. */
  async function begin({ status, value: stream, reason }, bytes) {
    if (status === 'rejected') return { error: reason, got: 0 };
    stream.write(String(bytes));
    const pieces = stream[Symbol.asyncIterator]();
    try {
      const { value } = await pieces.next();
      return { stream, pieces, got: value?.byteLength ?? 0 };
    } catch (error) {
      return { error, got: 0 };
    }
  }
  async function finish({ stream, pieces, got, error }, bytes) {
    try {
      if (error !== undefined) throw error;
      for await (const piece of pieces) got += piece.byteLength;
      stream.end();
      return got === bytes ? ['whole', got] : ['SHORT', got];
    } catch ({ code }) {
      return [code, got];
    }
  }
  for (let round = 0; round < rounds && cut < wanted; round += 1) {
    const opening = Array.from({ length: streams }, () => connect('source', { timeoutMs: 20_000 }));
    const opened = await Promise.allSettled(opening);
    const lengths = opened.map((_, at) => Math.round((longest * (at + streams)) / (2 * streams)));
    const begun = await Promise.all(lengths.map((bytes, at) => begin(opened[at], bytes)));
    await world.barrier();
    // A cut that comes late hits the next round as it begins: that one asks for none, or all would be late for ever.
    if (begun.some(({ got }) => got > 0)) console.log('round');
    const ends = await Promise.all(lengths.map((bytes, at) => finish(begun[at], bytes)));
    cut += ends.filter(([how, got]) => how === 'ERR_CONNECTOR' && got > 0).length;
    console.log(JSON.stringify(ends));
  }
`;

/** Between agents and their gateway: cuts all connections once so many bytes have gone through it. */
class Cutter {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #left = Number.POSITIVE_INFINITY;
  #isHole = false;

  constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      const pair = [near, far] as const;
      this.#pairs.add(pair);
      for (const [from, to] of [pair, [far, near] as const]) {
        from.on('error', () => undefined);
        from.on('close', () => {
          to.destroy();
          this.#pairs.delete(pair);
        });
        from.on('data', (bytes: Buffer) => this.#pass(to, bytes));
      }
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as { port: number }).port;
  }

  resetAfter(bytes: number): void {
    this.#left = bytes;
  }

  /** From then on nothing comes through, and nothing is closed. */
  swallowAfter(bytes: number): void {
    if (!this.#isHole) [this.#left, this.#isHole] = [bytes, true];
  }

  close(): void {
    this.#server.close();
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }

  #pass(to: Socket, bytes: Buffer): void {
    if (this.#left > bytes.byteLength) {
      this.#left -= bytes.byteLength;
      to.write(bytes);
      return;
    }
    to.write(bytes.subarray(0, this.#left));
    this.#left = this.#isHole ? 0 : Number.POSITIVE_INFINITY;
    if (this.#isHole) return;
    for (const [near] of this.#pairs) near.resetAndDestroy();
  }
}

/** One after the other, each at a moment of chance in the round that asks for it. */
class Kills {
  readonly #kill: () => Promise<void>;
  #last: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(kill: () => Promise<void>) {
    this.#kill = kill;
  }

  next(): void {
    this.#last = this.#last.then(async () => {
      if (this.#isOver) return;
      await delay(random(700));
      await this.#kill();
    });
    this.#last.catch((error: unknown) => {
      console.error(error);
    });
  }

  /** Of those that were asked for, none begins any more. */
  done(): Promise<void> {
    this.#isOver = true;
    return this.#last;
  }
}

type End = readonly [string, number];

/** Runs the job, calls `cut` at each round, and gives how its transfers ended. */
async function transfers(
  network: PrivateNetwork,
  { words = [], cut, ...plan }: Partial<Plan> & { words?: readonly string[]; cut: () => void },
): Promise<End[]> {
  let text = '';
  const { rounds, streams, longest }: Plan = { ...usual, ...plan };
  const arguments_ = [wanted, rounds, streams, longest].map(String);
  const result = await network.run([...words, '--connector', 'source', 'job.mjs', ...arguments_], {
    timeoutMs: 240_000,
    onStdout: (piece) => {
      text += piece;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) if (line === 'round') cut();
    },
  });
  assert.equal(result.code, 0, result.stdout + result.stderr);
  const lines = result.stdout.split('\n').filter((line) => line.startsWith('['));
  return lines.flatMap((line) => JSON.parse(line) as End[]);
}

/** No end is short, and at least `least` transfers were cut on their way. */
function check(ends: readonly End[], least: number): void {
  const told = JSON.stringify(ends);
  assert.deepEqual(
    ends.filter(([how]) => how !== 'whole' && how !== 'ERR_CONNECTOR'),
    [],
    told,
  );
  const cut = ends.filter(([how, got]) => how === 'ERR_CONNECTOR' && got > 0);
  assert.ok(cut.length >= least, `${String(cut.length)} were cut, ${String(least)} are wanted: ${told}`);
}

function withSource(body: (network: PrivateNetwork) => Promise<void>): Promise<void> {
  return withPrivateNetwork(
    { resources: { source: { kind: 'tcp', target: source.target } }, files: { 'job.mjs': job } },
    body,
  );
}

describe('a transfer that is cut is never taken as whole', { concurrency: 2 }, () => {
  test('when the connection of the agent is reset', () =>
    withSource(async (network) => {
      const cutter = new Cutter(network.port);
      await network.agent('dc1', { port: await cutter.listen() });
      try {
        check(await transfers(network, { cut: () => cutter.resetAfter(random(longest)) }), wanted);
      } finally {
        cutter.close();
      }
    }));

  test('when the agent is killed', () =>
    withSource(async (network) => {
      let agent = await network.agent();
      const kills = new Kills(async () => {
        await agent.stop('SIGKILL');
        agent = await network.agent('dc1', { enrols: false });
      });
      check(await transfers(network, { cut: () => kills.next() }), wanted);
      await kills.done();
    }));

  test('when the gateway is killed', () =>
    withSource(async (network) => {
      let gateway = await network.gateway();
      const agent = await network.agent();
      const kills = new Kills(async () => {
        await gateway.stop('SIGKILL');
        gateway = await network.gateway();
      });
      const words = ['--gateway', network.gatewaySocket];
      try {
        check(await transfers(network, { words, cut: () => kills.next() }), wanted);
      } catch (error) {
        console.error(`the agent: ${agent.said}\nthe gateway: ${gateway.said}`);
        throw error;
      } finally {
        await kills.done();
      }
    }));

  test('when the connection falls silent', () =>
    withSource(async (network) => {
      const cutter = new Cutter(network.port);
      await network.agent('dc1', { port: await cutter.listen() });
      try {
        // It takes half a minute until silence counts: all of them fall silent together, each where it has come to.
        const plan = { words: ['-n', '2'], rounds: 1, streams: 27 };
        const ends = await transfers(network, {
          ...plan,
          cut: () => cutter.swallowAfter(random(30_000_000)),
        });
        check(ends, wanted);
      } finally {
        cutter.close();
      }
    }));
});
