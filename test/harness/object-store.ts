/** An S3-compatible store of the test's own, on loopback, as long as its file runs. It checks signatures. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import S3rver from '@20minutes/s3rver';

/** Of its only user. */
export const storeKeys = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' } as const;

export function objectStore(...buckets: readonly string[]): { /** Once the tests run. */ readonly endpoint: string } {
  const store = { endpoint: '' };
  let [server, folder]: [S3rver | undefined, string] = [undefined, ''];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'objects-of-test-'));
    const configureBuckets = buckets.map((name) => ({ name, configs: [] }));
    server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory: folder, configureBuckets });
    const { port } = await server.run();
    store.endpoint = `http://127.0.0.1:${String(port)}`;
  });
  after(async () => {
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return store;
}
