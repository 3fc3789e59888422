/**
 * An S3-compatible store (s3rver) with a bucket of one file, for the demo: `object-store.ts PORT FOLDER FILE`. It keeps
 * its objects in the folder, and says when it is ready.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import S3rver from '@20minutes/s3rver';

const [port = '', directory = '', file = ''] = process.argv.slice(2);
const bucket = 'flights';
const options = { address: '127.0.0.1', silent: true, directory, configureBuckets: [{ name: bucket, configs: [] }] };
await new S3rver({ ...options, port: Number(port) }).run();
const client = new S3Client({
  endpoint: `http://127.0.0.1:${port}`,
  region: 'us-east-1',
  forcePathStyle: true,
  credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
  requestChecksumCalculation: 'WHEN_REQUIRED',
});
await client.send(new PutObjectCommand({ Bucket: bucket, Key: `flights/${basename(file)}`, Body: readFileSync(file) }));
console.log('object store is ready');
