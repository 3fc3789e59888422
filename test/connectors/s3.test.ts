/** Resources of kind `s3`: a bucket, by unmodified clients, whose requests the agent signs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectStore, storeKeys } from '../harness/object-store.ts';
import { withPrivateNetwork } from '../harness/private-network.ts';

const store = objectStore('flights', 'other', 'empty');

const begin = `
  import assert from 'node:assert/strict';
  import { S3Client, GetObjectCommand, PutObjectCommand, ListObjectsV2Command, ListBucketsCommand, DeleteObjectsCommand,
    CopyObjectCommand, HeadObjectCommand, CreateMultipartUploadCommand, UploadPartCommand, CompleteMultipartUploadCommand,
    PutBucketAclCommand, DeleteBucketCommand, GetBucketPolicyCommand } from '@aws-sdk/client-s3';
  const s3 = new S3Client({ endpoint: 'http://objects:9000', region: 'us-east-1', forcePathStyle: true, maxAttempts: 1,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' }, requestChecksumCalculation: 'WHEN_REQUIRED' });
  const Bucket = BUCKET;
  const bytesOf = async (command) => Buffer.from(await (await s3.send(command)).Body.transformToByteArray());
`;

test('@aws-sdk/client-s3 reads and writes one bucket, with the keys of the agent', () => {
  const job = `${begin.replace('BUCKET', "'flights'")}
    const long = Buffer.from(Uint8Array.from({ length: 6_000_000 }, (_, at) => at % 251));
    const names = ['a b/ä+ö&=;.txt', 'plain', 'deep/er/one', "it's (1)!*"];
    for (const Key of names) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    for (const Key of names) assert.equal(String(await bytesOf(new GetObjectCommand({ Bucket, Key }))), Key);
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
    assert.equal(Contents.length, names.length);
    assert.deepEqual(Contents.map(({ Key }) => Key).filter((key) => !/['&]/.test(key)), ['deep/er/one', 'plain']);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'long', Body: long }));
    assert.ok(long.equals(await bytesOf(new GetObjectCommand({ Bucket, Key: 'long' }))));
    const part = await bytesOf(new GetObjectCommand({ Bucket, Key: 'long', Range: 'bytes=1000-1999' }));
    assert.ok(part.equals(long.subarray(1000, 2000)));
    assert.equal((await s3.send(new HeadObjectCommand({ Bucket, Key: 'long' }))).ContentLength, 6_000_000);
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: '/flights/long' }));
    assert.ok(long.equals(await bytesOf(new GetObjectCommand({ Bucket, Key: 'copy' }))));
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
    const Parts = [];
    for (const PartNumber of [1, 2]) {
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key: 'parts', UploadId, PartNumber, Body: long }));
      Parts.push({ ETag, PartNumber });
    }
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload: { Parts } }));
    assert.ok(Buffer.concat([long, long]).equals(await bytesOf(new GetObjectCommand({ Bucket, Key: 'parts' }))));
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [...names, 'long', 'copy', 'parts'].map((Key) => ({ Key })) } }));
    assert.equal((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 0);
    await assert.rejects(bytesOf(new GetObjectCommand({ Bucket, Key: 'long' })), { name: 'NoSuchKey' });
    assert.deepEqual((await s3.send(new ListBucketsCommand())).Buckets.map(({ Name }) => Name), ['flights']);
    for (const command of [
      new GetObjectCommand({ Bucket: 'other', Key: 'x' }),
      new CopyObjectCommand({ Bucket, Key: 'x', CopySource: '/other/x' }),
      new CopyObjectCommand({ Bucket, Key: 'x', CopySource: 'flights/../other/x' }),
      new PutObjectCommand({ Bucket, Key: 'x', Body: 'x', ACL: 'public-read' }),
      new PutBucketAclCommand({ Bucket, ACL: 'public-read' }),
      new DeleteBucketCommand({ Bucket }),
      new GetBucketPolicyCommand({ Bucket }),
    ]) await assert.rejects(s3.send(command), { name: 'AccessDenied' }, command.constructor.name);
    for (const path of ['/flights/../other/x', '/flights%2f..%2fother/x', '/flights/%2e%2e/other']) {
      const net = await import('node:net');
      const text = await new Promise((resolve) => {
        let all = '';
        const socket = net.connect({ host: 'objects', port: 9000 });
        socket.on('data', (bytes) => (all += bytes)).on('error', () => undefined).on('close', () => resolve(all));
        socket.write('GET ' + path + ' HTTP/1.1\\r\\nHost: o\\r\\nConnection: close\\r\\n\\r\\n');
      });
      assert.match(text, /^HTTP\\/1.1 40[03] /, path);
    }
    console.log('done');
  `;
  const resources = {
    objects: { kind: 's3', endpoint: store.endpoint, bucket: 'flights', write: true, ...storeKeys },
  };
  return withPrivateNetwork(
    { resources, files: { 'job.mjs': job }, packages: ['@aws-sdk/client-s3'] },
    async (network) => {
      await network.agent();
      const { code, stdout, stderr } = await network.run(['--connector', 'objects', 'job.mjs']);
      assert.equal(code, 0, stdout + stderr);
      assert.equal(stdout, 'done\n');
      assert.ok(!`${stderr}${JSON.stringify(network.audit())}`.includes(storeKeys.secretAccessKey));
    },
  );
});

test('a bucket is only read, unless its resource says write; and wrong keys are told as the store tells them', () => {
  const job = `${begin.replace('BUCKET', "'empty'")}
    await assert.rejects(s3.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' })), { name: 'AccessDenied', message: 'the resource is only read' });
    await s3.send(new ListObjectsV2Command({ Bucket })).then(
      ({ KeyCount }) => console.log(KeyCount),
      ({ name }) => console.log(name),
    );
  `;
  const good = { kind: 's3', endpoint: store.endpoint, bucket: 'empty', ...storeKeys };
  const env = { TEST_STORE_SECRET: 'wrong' };
  const wrong = { ...good, secretAccessKey: { env: 'TEST_STORE_SECRET' } };
  return withPrivateNetwork(
    { resources: {}, files: { 'job.mjs': job }, packages: ['@aws-sdk/client-s3'] },
    async (network) => {
      network.writeGrants({ objects: { agent: 'dc1' } });
      network.writeAgentConfig({ objects: wrong });
      const { code, stderr } = await network.tsmpi(['connector', '--check', '--config', 'connector.json']);
      assert.equal(code, 2);
      assert.match(stderr, /secretAccessKey: the environment has no TEST_STORE_SECRET; set it where the agent starts/u);
      const check = await network.tsmpi(['connector', '--check', '--config', 'connector.json'], { env });
      assert.equal(check.code, 0, check.stderr);
      for (const [resource, said, enrols] of [
        [good, '0\n', true],
        [{ ...good, secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch\n', false],
      ] as const) {
        network.writeAgentConfig({ objects: resource });
        const agent = await network.agent('dc1', { enrols });
        const result = await network.run(['--connector', 'objects', 'job.mjs']);
        assert.equal(result.stdout, said, result.stderr);
        await agent.stop();
      }
    },
  );
});

for (const [what, resource, line] of [
  ['no keys', {}, /accessKeyId is missing/u],
  ['a path in its endpoint', { endpoint: 'http://s3/x', ...storeKeys }, /endpoint has a path/u],
  ['a bucket that is none', { bucket: 'a/b', ...storeKeys }, /bucket "a\/b" is no name of a bucket/u],
  ['a flag that is none', { write: 'yes', ...storeKeys }, /write is "yes"; write true or false/u],
  ['a secret of two kinds', { ...storeKeys, secretAccessKey: { env: 'A', file: '/b' } }, /is no secret; write a text/u],
] as const) {
  test(`a bucket with ${what} is refused`, () =>
    withPrivateNetwork({ resources: {} }, async (network) => {
      network.writeAgentConfig({ objects: { kind: 's3', endpoint: 'http://s3', bucket: 'flights', ...resource } });
      const { code, stderr } = await network.tsmpi(['connector', '--config', 'connector.json', '--check']);
      assert.equal(code, 2);
      assert.match(stderr, line);
    }));
}
