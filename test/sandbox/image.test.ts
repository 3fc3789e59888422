import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { evaluateImage, imageSource, loadImage, packImage } from '../../runtime/sandbox/image.ts';

/** Stands for the agent: it says under which name it was loaded, and that it can load Node's own modules. */
const code = imageSource(
  "module.exports.runAgent = () => [__filename, __dirname, require('node:path').sep].join(' ');",
);
const ran = '/agents/agent.js /agents /';

interface Agent {
  runAgent(): string;
}

describe('an image of code', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tsmpi-image-'));
  after(() => {
    rmSync(directory, { recursive: true });
  });

  function load(image: Uint8Array): unknown {
    const path = join(directory, 'agent.image');
    writeFileSync(path, image);
    return (loadImage(path, '/agents/agent.js') as Agent | null)?.runAgent();
  }

  it('gives back the module that was packed', () => {
    const [script] = evaluateImage(code, '/built/agent.js');
    assert.equal(load(packImage(code, script.createCachedData())), ran);
  });

  it('is taken with its cache by another process of the same node', () => {
    const [script] = evaluateImage(code, '/built/agent.js');
    const cache = script.createCachedData().toString('base64');
    const module = new URL('../../runtime/sandbox/image.ts', import.meta.url).href;
    const program = `
      const { evaluateImage } = await import(${JSON.stringify(module)});
      const cache = Buffer.from('${cache}', 'base64');
      const [script, loaded] = evaluateImage(${JSON.stringify(code)}, '/agents/agent.js', cache);
      process.stdout.write(JSON.stringify([script.cachedDataRejected, loaded.runAgent()]));`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', program];
    assert.deepEqual(JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })), [false, ran]);
  });

  it('runs also where V8 refuses the cache', () => {
    // V8 remembers what it has compiled in this process, and would not look at the cache.
    const other = `${code};`;
    const foreign = Buffer.alloc(1024, 7);
    const [script] = evaluateImage(other, '/agents/agent.js', foreign);
    assert.equal(script.cachedDataRejected, true);
    assert.equal(load(packImage(other, foreign)), ran);
  });

  it('is null where nothing has been built', () => {
    assert.equal(loadImage(join(directory, 'missing.image'), '/agents/agent.js'), null);
  });
});
