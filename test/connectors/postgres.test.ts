/** Resources of kind `postgres`: unmodified clients, whom the agent logs in to a database that nobody else reaches. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { noPostgres, PostgresServer } from '../harness/postgres-server.ts';
import { noPrivateHost, PrivateHost } from '../harness/private-host.ts';
import { withPrivateNetwork } from '../harness/private-network.ts';

const skip = noPrivateHost() ?? noPostgres() ?? false;
const password = 'never-seen-by-a-rank';
const refused = 'and-not-this-one';

let host: PrivateHost;
let folder = '';
let server: PostgresServer;
before(async () => {
  if (skip !== false) return;
  host = new PrivateHost();
  folder = mkdtempSync(join(tmpdir(), 'postgres-of-test-'));
  server = await PostgresServer.start(host, folder);
  server.sql('create database flights');
  server.sql(`create role reader login password '${password}'; grant pg_read_all_data to reader`, 'flights');
  server.sql(
    `create table flight (id int primary key, delay int, name text);
    insert into flight select i, i % 100, 'flight ' || i from generate_series(1, 200000) i`,
    'flights',
  );
});
after(async () => {
  if (skip !== false) return;
  await host[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function resource(more: object = {}): Record<string, object> {
  const warehouse = {
    kind: 'postgres',
    target: '127.0.0.1:5432',
    database: 'flights',
    user: 'reader',
    password,
    ...more,
  };
  return { warehouse };
}

test('pg reads a database through a firewall that lets nobody in, without its password', { skip }, () => {
  const job = `
    import assert from 'node:assert/strict';
    import pg from 'pg';
    import { world } from 'tsmpi';
    import { endpoint } from 'tsmpi/connectors';
    const name = { host: 'warehouse', port: 5432, user: 'anybody', password: 'any', database: 'anything' };
    const client = new pg.Client({ ...name, application_name: 'job', options: '-c work_mem=5MB' });
    await client.connect();
    const { rows } = await client.query("select count(*)::int n, sum(delay)::int s, current_user u, current_setting('work_mem') m, current_setting('application_name') a from flight");
    assert.deepEqual(rows, [{ n: 200000, s: 9900000, u: 'reader', m: '5MB', a: 'job' }]);
    await assert.rejects(client.query('delete from flight'), { code: '42501' });
    const all = await client.query('select * from flight order by id');
    assert.ok(all.rows.length === 200000 && all.rows[199999].name === 'flight 200000');
    // Prepared, and with an error between.
    const divide = (by) => client.query({ name: 'q', text: 'select 6 / $1::int as v', values: [by] });
    for (const by of [1, 2, 3]) assert.equal((await divide(by)).rows[0].v, 6 / by);
    await assert.rejects(divide(0), { code: '22012' });
    assert.equal((await divide(6)).rows[0].v, 1);
    const { host, port } = await endpoint('warehouse');
    const pool = new pg.Pool({ host, port, max: 4, ssl: false });
    const sums = await Promise.all(Array.from({ length: 20 }, (_, i) => pool.query('select $1::int + 1 as v', [i])));
    assert.deepEqual(sums.map(({ rows: [row] }) => row.v), Array.from({ length: 20 }, (_, i) => i + 1));
    await pool.end();
    // What runs is cancelled by its own key, and by no other.
    const slow = assert.rejects(client.query('select pg_sleep(60)'), { code: '57014' });
    const started = new pg.Client(name);
    await started.connect();
    while ((await started.query("select 1 from pg_stat_activity where query = 'select pg_sleep(60)' and pid = $1", [client.processID])).rowCount === 0);
    const net = await import('node:net');
    const cancel = (pid, key) => new Promise((resolve) => {
      const packet = Buffer.alloc(16);
      packet.writeInt32BE(16, 0); packet.writeInt32BE(80877102, 4); packet.writeInt32BE(pid, 8); packet.writeInt32BE(key, 12);
      net.connect(port, host, function () { this.end(packet); }).on('close', resolve).resume();
    });
    await cancel(client.processID, client.secretKey + 1 | 0);
    await cancel(client.processID, client.secretKey);
    await slow;
    await started.end();
    await client.end();
    await world.barrier();
    console.log('done');
  `;
  return withPrivateNetwork(
    { resources: resource(), files: { 'job.mjs': job }, packages: ['pg'], host },
    async (network) => {
      await assert.rejects(reach(host.inside, server.port), 'the firewall lets nobody in');
      assert.ok(host.knocks > 0);
      await network.agent();
      const result = await network.run(['-n', '2', '--connector', 'warehouse', 'job.mjs']);
      assert.equal(result.code, 0, result.stdout + result.stderr);
      assert.equal(result.stdout, 'done\ndone\n');
      assert.ok(!`${JSON.stringify(network.audit())}${result.stderr}`.includes(password));
    },
  );
});

test('rows of a query are shared by ranges of its key, whatever its type', { skip }, () => {
  server.sql(
    `create table keys as select i::int as id, i::bigint * 1000000007 as big, (i % 50)::smallint as small, i / 7.0 as number,
      i::float8 / 3 as double, (i::real / 9) as single, 'key ' || i as text, md5(i::text)::uuid as uuid,
      timestamp '2020-01-01' + i * interval '1 hour' as stamp, timestamptz '2020-01-01 00:00:00+00' + i * interval '7 min' as zoned,
      date '2020-01-01' + (i % 400) as day, case when i % 10 = 0 then null else i end as "May Be"
      from generate_series(-500, 4499) i; create table nothing (id int, text text); create table nulls as select null::int as id from generate_series(1, 10)`,
    'flights',
  );
  const job = `
    import assert from 'node:assert/strict';
    import { world } from 'tsmpi';
    import { dataset } from 'tsmpi/connectors';
    const rowsOf = async (source, options) => {
      const rows = [];
      for await (const batch of dataset('warehouse', source, options)) rows.push(...batch);
      return rows;
    };
    const whole = await rowsOf({ query: 'select * from keys order by id; ', key: 'id' }, { rank: 0, size: 1, batchRows: 100 });
    assert.equal(whole.length, 5000);
    const [first] = whole;
    assert.deepEqual([first.id, first.big, first.number, first.day.toISOString(), first.stamp.toISOString(), first.zoned.toISOString(), first['May Be']],
      [-500, -500000003500n, '-71.4285714285714286', '2019-09-23T00:00:00.000Z', '2019-12-11T04:00:00.000Z', '2019-12-29T13:40:00.000Z', null]);
    const spread = ['id', 'big', 'number', 'double', 'single', 'uuid', 'stamp', 'zoned'];
    for (const key of [...spread, 'small', 'text', 'day', 'May Be']) {
      for (const size of [2, 7]) {
        const shares = [];
        for (let rank = 0; rank < size; rank += 1) shares.push(await rowsOf({ query: 'select * from keys -- all', key }, { rank, size, columns: ['id'] }));
        const ids = shares.flat().map(({ id }) => id);
        assert.ok(ids.length === 5000 && new Set(ids).size === 5000, key + ' ' + size);
        if (spread.includes(key)) assert.ok(Math.max(...shares.map(({ length }) => length)) < 1.2 * 5000 / size, key);
        assert.deepEqual(Object.keys(shares[0][0]), ['id']);
      }
    }
    for (const [query, key, rows] of [['select * from nothing', 'id', 0], ['select * from nothing', 'text', 0], ['select * from nulls', 'id', 10], ['select 1 as id', 'id', 1]]) {
      let found = 0;
      for (const rank of [0, 1, 2]) found += (await rowsOf({ query, key }, { rank, size: 3 })).length;
      assert.equal(found, rows, query);
    }
    let sum = 0;
    for await (const rows of dataset('warehouse', { query: 'select id, delay from flight', key: 'id' })) for (const { delay } of rows) sum += delay;
    assert.equal(await world.allreduce(sum), 9900000);
    for (const [source, code, words] of [
      [{ query: 'select * from absent', key: 'id' }, 'ERR_ARGUMENT', /relation "absent" does not exist \\(42P01\\)/],
      [{ query: 'select 1 as id', key: 'absent' }, 'ERR_ARGUMENT', /column "absent" does not exist/],
      [{ query: 'delete from flight returning id', key: 'id' }, 'ERR_ARGUMENT', /syntax error/],
      [{ query: 'select 1 / (id - 4000) as id from keys', key: 'id' }, 'ERR_ARGUMENT', /division by zero/],
    ]) await assert.rejects(rowsOf(source, { rank: 0, size: 2 }), (error) => {
      assert.equal(error.code, code);
      assert.match(error.message, words);
      assert.match(error.stack, /job\\.mjs/);
      return true;
    });
    const stop = new AbortController();
    await assert.rejects(async () => {
      for await (const _ of dataset('warehouse', { query: 'select * from flight', key: 'id' }, { signal: stop.signal, batchRows: 10 })) stop.abort();
    }, { code: 'ERR_CANCELLED' });
    for (let i = 0; i < 40; i += 1) for await (const rows of dataset('warehouse', { query: 'select * from flight', key: 'id' }, { batchRows: 5 })) { assert.equal(rows.length, 5); break; }
    assert.throws(() => dataset('warehouse', { prefix: 'a', format: 'csv' }), { code: 'ERR_ARGUMENT', message: /objects of a resource of kind postgres/ });
    assert.throws(() => dataset('warehouse', { query: 'select 1' }), { code: 'ERR_ARGUMENT', message: /there is no key/ });
    await world.barrier();
    console.log('done');
  `;
  return withPrivateNetwork({ resources: resource(), files: { 'job.mjs': job }, host }, async (network) => {
    await network.agent();
    const { code, stdout, stderr } = await network.run(['-n', '3', '--connector', 'warehouse', 'job.mjs']);
    assert.equal(code, 0, stdout + stderr);
    assert.equal(stdout, 'done\n'.repeat(3));
    assert.equal(server.sql("select count(*) from pg_stat_activity where usename = 'reader'"), '0\n');
  });
});

/** Rejects unless somebody answers within a second. */
function reach(address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, timeout: 1000 }, () => {
      socket.destroy();
      resolve();
    });
    socket.once('timeout', () => {
      socket.destroy();
      reject(new Error('no answer'));
    });
    socket.once('error', reject);
  });
}

for (const [what, more, code, words] of [
  ['refuses the agent', { password: refused }, '28P01', /password authentication failed/u],
  ['cannot be reached', { target: '127.0.0.1:1' }, '08001', /the database cannot be reached \(ECONNREFUSED\)/u],
  ['has no such database', { database: 'elsewhere' }, '3D000', /database "elsewhere" does not exist/u],
  ['has no certificate', { tls: true }, '08001', /the database cannot be reached/u],
] as const) {
  test(`a database that ${what} is told to the client, without its address`, { skip }, () => {
    const job = `
      import pg from 'pg';
      const client = new pg.Client({ host: 'warehouse', port: 5432, user: 'anybody' });
      await client.connect().then(() => console.log('in'), (error) => console.log(error.code, error.message));
    `;
    return withPrivateNetwork(
      { resources: resource(more), files: { 'job.mjs': job }, packages: ['pg'], host },
      async (network) => {
        await network.agent();
        const { code: exit, stdout, stderr } = await network.run(['--connector', 'warehouse', 'job.mjs']);
        assert.equal(exit, 0, stderr);
        assert.ok(stdout.startsWith(code), stdout);
        assert.match(stdout, words);
        assert.doesNotMatch(stdout + stderr, /127\.0\.0\.1:\d|and-not-this/u);
      },
    );
  });
}

test('a query whose agent dies fails, and gives no part of its rows as all of them', { skip }, () => {
  const job = `
    import pg from 'pg';
    const client = new pg.Client({ host: 'warehouse', port: 5432, user: 'anybody' });
    client.on('error', () => undefined);
    await client.connect();
    console.log('asks');
    await client.query("select id, repeat('x', 1000) from flight, pg_sleep(id / 200000 * 60)").then(
      () => console.log('whole'),
      (error) => console.log('failed'),
    );
  `;
  return withPrivateNetwork(
    { resources: resource(), files: { 'job.mjs': job }, packages: ['pg'], host },
    async (network) => {
      const agent = await network.agent();
      const run = network.run(['--connector', 'warehouse', 'job.mjs'], {
        onStdout: (text) => {
          if (text.includes('asks')) void agent.stop('SIGKILL');
        },
      });
      const { stdout, stderr } = await run;
      assert.equal(stdout, 'asks\nfailed\n', stderr);
    },
  );
});
