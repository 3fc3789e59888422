/** Datasets of objects: the shares of all ranks hold every record, each once, wherever the cuts fall. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../harness/run-tsmpirun.ts';
import { objectStore, storeKeys } from '../harness/object-store.ts';
import { type PrivateNetwork, withPrivateNetwork } from '../harness/private-network.ts';
import { privateApi } from '../harness/private-service.ts';

const store = objectStore('lines');

/** Texts with everything that CSV quotes, and some that look like records. */
function nasty(index: number): string {
  const texts = [
    'plain',
    'a,b',
    'say "hi"',
    'two\nlines',
    '',
    '1,2,3\n4,5,6\n',
    '","',
    '\n',
    '"',
    'ä€😀',
    'x'.repeat(300),
    '",\n"',
  ];
  return texts[index % texts.length] ?? '';
}

const quoted = (text: string): string => (/[",\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function csv(rows: number, end: string): string {
  const lines = Array.from({ length: rows }, (_, i) =>
    [String(i), quoted(nasty(i * 7 + (i % 5))), quoted(nasty(i)), 'last'].join(','),
  );
  return `${['id', '"the ""text"""', 'more', 'end'].join(',')}${end}${lines.join(end)}${end}`;
}

const ndjson = (rows: number): string =>
  Array.from({ length: rows }, (_, id) => JSON.stringify({ id, text: nasty(id), deep: { id } })).join('\n');

const api = privateApi((request, response) => {
  const text = Buffer.from(ndjson(500));
  const [, first, last] = /^bytes=(\d+)-(\d+)$/u.exec(request.headers.range ?? '') ?? [];
  if (request.url !== '/v1/rows.ndjson' || first === undefined || last === undefined) {
    response.end(text);
    return;
  }
  const part = text.subarray(Number(first), Number(last) + 1);
  response.writeHead(206, { 'content-range': `bytes ${first}-${last}/${String(text.byteLength)}` });
  response.end(part);
});

const helpers = `
  import assert from 'node:assert/strict';
  import { dataset } from 'tsmpi/connectors';
  export { assert, dataset };
  export async function rowsOf(resource, source, options) {
    const rows = [];
    for await (const batch of dataset(resource, source, options)) {
      assert.ok(batch.length > 0 && batch.length <= (options?.batchRows ?? 10_000));
      rows.push(...batch);
    }
    return rows;
  }
  /** All shares, one after the other. */
  export async function shared(resource, source, size, options) {
    const shares = [];
    for (let rank = 0; rank < size; rank += 1) shares.push(await rowsOf(resource, source, { ...options, rank, size }));
    return shares;
  }
`;

function withFolder(
  files: Readonly<Record<string, string>>,
  job: string,
  body: (network: PrivateNetwork) => Promise<void>,
): Promise<void> {
  const project = {
    'helpers.mjs': helpers,
    'job.mjs': `import { assert, dataset, rowsOf, shared } from './helpers.mjs';\n${job}`,
  };
  return withPrivateNetwork({ resources: {}, files: project }, async (network) => {
    const folder = join(network.directory, 'data');
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    mkdirSync(folder, { recursive: true });
    network.writeGrants({ data: { agent: 'dc1' }, lines: { agent: 'dc1' }, api: { agent: 'dc1' } });
    network.writeAgentConfig({
      data: { kind: 'files', path: folder },
      lines: { kind: 's3', endpoint: store.endpoint, bucket: 'lines', write: true, ...storeKeys },
      api: { kind: 'http', url: `http://${api.target}/v1/` },
    });
    await network.agent();
    await body(network);
  });
}

const all = ['--connector', 'data', '--connector', 'lines', '--connector', 'api'];

async function said(network: PrivateNetwork, words: readonly string[] = []): Promise<string> {
  const { code, stdout, stderr } = await network.run([...words, ...all, 'job.mjs']);
  assert.equal(code, 0, stdout + stderr);
  assert.equal(stdout.trim().split('\n').at(-1), 'done');
  return stderr;
}

async function succeeds(network: PrivateNetwork): Promise<void> {
  await said(network);
}

const files = {
  'csv/quotes.csv': csv(800, '\n'),
  'csv/windows.csv': `\ufeff${csv(300, '\r\n')}`,
  'plain/numbers.csv': `a,b\n${Array.from({ length: 200_000 }, (_, i) => `${String(i)},${String(i * 3)}`).join('\n')}`,
  'empty.csv': 'a,b\n',
  'json/deep/one.ndjson': ndjson(700),
  'json/two.ndjson': `${ndjson(100)}\n\n`,
  'json/none.ndjson': '',
};

test('records of CSV are shared whole, with all that quotes hold', () =>
  withFolder(
    files,
    `
    for (const name of ['csv/quotes.csv', 'csv/windows.csv', 'csv/']) {
      const source = { prefix: name, format: 'csv' };
      const whole = await rowsOf('data', source, { rank: 0, size: 1 });
      assert.equal(whole.length, { 'csv/quotes.csv': 800, 'csv/windows.csv': 300, 'csv/': 1100 }[name]);
      assert.deepEqual(Object.keys(whole[0]), ['id', 'the "text"', 'more', 'end']);
      assert.ok(whole.every((row, i) => row.id === String(i % 800) && row.end === 'last'));
      for (const size of [2, 3, 8, 61]) {
        const shares = await shared('data', source, size, { batchRows: 37 });
        assert.deepEqual(shares.flat(), whole, name + ' ' + size);
        assert.ok(size > 8 || Math.max(...shares.map(({ length }) => length)) < 2 * whole.length / size);
      }
    }
    const columns = ['end', 'id'];
    const [row] = await rowsOf('data', { prefix: 'csv/quotes.csv', format: 'csv' }, { columns });
    assert.deepEqual(row, { id: '0', end: 'last' });
    await assert.rejects(rowsOf('data', { prefix: 'csv/', format: 'csv' }, { columns: ['nothing'] }), {
      code: 'ERR_ARGUMENT', message: /has no column "nothing"; it has id, the "text", more, end/ });
    for (const size of [1, 5, 16]) {
      const shares = await shared('data', { prefix: 'plain/', format: 'csv' }, size);
      const rows = shares.flat();
      assert.ok(rows.length === 200_000 && rows.every(({ a, b }, i) => a === String(i) && b === String(i * 3)));
    }
    assert.deepEqual((await shared('data', { prefix: 'empty.csv', format: 'csv' }, 3)).flat(), []);
    console.log('done');
  `,
    succeeds,
  ));

test('what is no CSV, or cannot be cut, is told with its place', () =>
  withFolder(
    {
      'torn.csv': 'a,b\n1,2\n3\n4,5\n',
      'open.csv': 'a,b\n1,"2\n3,4\n',
      'long.csv': `a\n"${'x\n'.repeat(1_500_000)}"\n1\n`,
      'lines.ndjson': '{"a":1}\n{"a":\n{"a":3}\n',
    },
    `
    for (const [name, words] of [['torn.csv', /torn.csv: Invalid Record Length/], ['open.csv', /open.csv: Quote Not Closed/],
      ['long.csv', /long.csv: (Max Record Size|where records begin)/]]) {
      for (const size of [1, 2]) {
        await assert.rejects(shared('data', { prefix: name, format: 'csv' }, size), { code: 'ERR_CONNECTOR', message: words }, name);
      }
    }
    await assert.rejects(rowsOf('data', { prefix: 'lines.ndjson', format: 'ndjson' }), (error) => {
      assert.match(error.message, /dataset\\("data"\\): lines.ndjson: line 2 of this share is no JSON object/);
      assert.match(error.stack, /job\\.mjs/);
      return true;
    });
    await assert.rejects(rowsOf('data', { prefix: 'torn.csv', format: 'parquet' }), { code: 'ERR_CONNECTOR', message: /torn.csv: parquet file invalid/ });
    console.log('done');
  `,
    succeeds,
  ));

test('lines of JSON are shared whole: of a folder, of a bucket, of an API that gives ranges', () =>
  withFolder(
    files,
    `
    import { readFileSync } from 'node:fs';
    const source = { prefix: 'json/', format: 'ndjson' };
    const whole = await rowsOf('data', source);
    assert.equal(whole.length, 800);
    for (const size of [2, 3, 40]) assert.deepEqual((await shared('data', source, size)).flat(), whole);
    const picked = await rowsOf('data', source, { columns: ['deep'], rank: 1, size: 2 });
    assert.deepEqual(Object.keys(picked[0]), ['deep']);
    const texts = Array.from({ length: 30 }, (_, i) => Array.from({ length: i * 10 }, (_, j) => JSON.stringify({ i, j })).join('\\n'));
    for (const [i, body] of texts.entries()) await fetch('http://lines:9000/lines/' + encodeURIComponent('part ' + i + '+ä.ndjson'), { method: 'PUT', body });
    const bucket = await rowsOf('lines', { prefix: 'part ', format: 'ndjson' });
    assert.equal(bucket.length, 4350);
    for (const size of [4, 7]) assert.deepEqual((await shared('lines', { prefix: 'part ', format: 'ndjson' }, size)).flat(), bucket);
    const raw = await shared('lines', { prefix: 'part ', format: 'raw' }, 4);
    assert.deepEqual(raw.flat().map(({ key }) => key).sort(), texts.map((_, i) => 'part ' + i + '+ä.ndjson').slice(1).sort());
    for (const { key, data } of raw.flat()) assert.equal(Buffer.from(data).toString(), texts[Number(/\\d+/.exec(key))]);
    assert.ok(raw.every(({ length }) => length > 0));
    const api = await shared('api', { prefix: '/rows.ndjson', format: 'ndjson' }, 3);
    assert.ok(api.flat().length === 500 && api.every(({ length }) => length > 100));
    await assert.rejects(rowsOf('api', { prefix: '/whole.ndjson', format: 'ndjson' }), { code: 'ERR_UNSUPPORTED', message: /gives no ranges/ });
    console.log('done');
  `,
    succeeds,
  ));

test('rows of Parquet are shared equally, by the ranks themselves, and rank 0 tells how far it is', () =>
  withFolder(
    {},
    `
    import { world } from 'tsmpi';
    let [flights, delay, late] = [0, 0, 0];
    for await (const rows of dataset('data', { prefix: 'flights-3m', format: 'parquet' }, { columns: ['delay', 'date'] })) {
      for (const row of rows) {
        assert.ok(typeof row.delay === 'bigint' && row.date instanceof Date && row.origin === undefined);
        delay += Number(row.delay);
      }
      flights += rows.length;
    }
    const sums = await world.allreduce(new Float64Array([flights, delay]));
    const counts = await world.allgather(flights);
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1);
    if (world.rank === 0) console.log(sums.join(' ') + '\\ndone');
  `,
    async (network) => {
      const flights = join(packageRoot, 'node_modules/vega-datasets/data/flights-3m.parquet');
      network.writeAgentConfig({
        data: { kind: 'files', path: join(flights, '..') },
        lines: { kind: 's3', endpoint: store.endpoint, bucket: 'lines', ...storeKeys },
        api: { kind: 'http', url: `http://${api.target}/v1/` },
      });
      const told = await said(network, ['-n', '4', '--env', 'TSMPI_PROGRESS_MS=1']);
      assert.match(told, /dataset data: \d+ rows, \d+ % of the share of rank 0 of 4, \d+ rows\/s/u);
      assert.doesNotMatch(told, /rank [123] .*rows\/s/u);
    },
  ));

test('a folder is listed as a bucket is, page by page, and with nothing beside it', () =>
  withFolder(
    {
      ...Object.fromEntries(Array.from({ length: 1205 }, (_, i) => [`many/${String(i % 7)}/${String(i)}`, 'x'])),
      'many-more': 'x',
      'many/a&b "c"': 'x',
    },
    `
    const rows = await rowsOf('data', { prefix: 'many/', format: 'raw' });
    const keys = rows.map(({ key }) => key);
    assert.ok(new Set(keys).size === 1206 && keys.includes('many/a&b "c"') && !keys.some((key) => key.includes('secret')));
    const list = async (query) => (await fetch('http://data:8081/?list-type=2&' + query)).text();
    assert.match(await list('prefix=many&delimiter=/'), /<KeyCount>2<\\/KeyCount>.*<Prefix>many\\/<\\/Prefix>.*<Key>many-more<|<Key>many-more<.*<Prefix>many\\/</s);
    assert.match(await list('prefix=many/&delimiter=/'), /<KeyCount>8<\\/KeyCount>.*a&amp;b &quot;c/s);
    assert.match(await list('prefix=many/3/&max-keys=5'), /<KeyCount>5<.*<IsTruncated>true</s);
    assert.match(await list('prefix=nothing'), /<KeyCount>0<.*<IsTruncated>false</s);
    assert.match(await list('prefix=../'), /<KeyCount>0</);
    await assert.rejects(rowsOf('data', { prefix: 'nothing', format: 'raw' }), { code: 'ERR_ARGUMENT', message: /no object begins with "nothing"/ });
    console.log('done');
  `,
    async (network) => {
      mkdirSync(join(network.directory, 'secret'));
      writeFileSync(join(network.directory, 'secret', 'secret'), 'canary');
      symlinkSync(join(network.directory, 'secret'), join(network.directory, 'data', 'many', 'out'));
      symlinkSync(join(network.directory, 'secret', 'secret'), join(network.directory, 'data', 'many', 'secret'));
      await succeeds(network);
    },
  ));

test('a dataset that is left early, aborted or cut holds nothing, and never ends as if it were whole', () =>
  withFolder(
    {
      'long.ndjson': Array.from({ length: 300_000 }, (_, id) => JSON.stringify({ id, text: 'x'.repeat(100) })).join(
        '\n',
      ),
    },
    `
    import { kill } from 'node:process';
    const source = { prefix: 'long.ndjson', format: 'ndjson' };
    for (let i = 0; i < 100; i++) for await (const rows of dataset('data', source, { batchRows: 10 })) { assert.equal(rows.length, 10); break; }
    const stop = new AbortController();
    await assert.rejects(async () => {
      for await (const _ of dataset('data', source, { signal: stop.signal, batchRows: 1000 })) stop.abort();
    }, { code: 'ERR_CANCELLED' });
    await assert.rejects(rowsOf('data', source, { signal: AbortSignal.abort() }), { code: 'ERR_CANCELLED' });
    for (const [bad, words] of [[{ prefix: 'x' }, /format is undefined; pass parquet, csv, ndjson, raw/], [{ query: 'select 1', key: 'a' }, /a query of a resource of kind files/],
      [{ format: 'csv' }, /prefix is no text/]]) assert.throws(() => dataset('data', bad), { code: 'ERR_ARGUMENT', message: words });
    for (const [bad, words] of [[{ size: 0 }, /size is 0/], [{ rank: 3, size: 3 }, /rank is 3 of 3/], [{ batchRows: 0.5 }, /batchRows is 0.5/], [{ columns: [] }, /columns has no name/]])
      assert.throws(() => dataset('data', source, bad), { code: 'ERR_ARGUMENT', message: words });
    assert.throws(() => dataset('unknown', source), { code: 'ERR_DENIED' });
    let rows = 0;
    await assert.rejects(async () => {
      for await (const batch of dataset('data', source, { batchRows: 100 })) {
        if (rows === 0) console.log('reads');
        rows += batch.length;
        // Until the agent is gone.
        while (rows === 1000 && (await fetch('http://data:8081/long.ndjson', { method: 'HEAD' }).then(() => true, () => false)));
      }
    }, { code: 'ERR_CONNECTOR' });
    assert.ok(rows < 300_000);
    console.log('done');
  `,
    async (network) => {
      // The agent has what the job's stream could not take: it is cut while much of it is there still.
      let stopped: Promise<unknown> = Promise.resolve();
      const { code, stdout, stderr } = await network.run([...all, 'job.mjs'], {
        onStdout: (text) => {
          if (text.includes('reads')) stopped = network.stopAgents();
        },
      });
      await stopped;
      assert.equal(code, 0, stdout + stderr);
    },
  ));
