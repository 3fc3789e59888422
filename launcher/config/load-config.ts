/** Finds and reads `tsmpi.config.ts`: a module whose default export is the configuration, or a document of JSON. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isTsmpiError } from '../../runtime/core/errors.ts';
import { badField } from '../../connectors/wire/checked-fields.ts';
import { withEsbuild } from '../bundle/esbuild-service.ts';
import { ownEntries } from '../bundle/own-entries.ts';
import { isBuildFailure } from '../bundle/problems.ts';
import { thisPackage } from '../supervise/package-root.ts';
import { type Config, parseConfig } from './config.ts';

const names = ['ts', 'mts', 'js', 'mjs', 'json'].map((extension) => `tsmpi.config.${extension}`);

export interface LoadedConfig {
  readonly config: Config;
  /** Where it was read; absent: there is none. */
  readonly path?: string;
}

/** The configuration of a folder. Throws ERR_ARGUMENT with one clear line. */
export function configOf(folder: string): Promise<LoadedConfig> {
  const found = names.map((name) => join(folder, name)).filter((path) => existsSync(path));
  const [path, other] = found;
  if (path === undefined) return Promise.resolve({ config: {} });
  if (other !== undefined) throw badField(folder, `there are ${path} and ${other}`, 'keep one of them');
  return loadConfig(path);
}

export async function loadConfig(path: string): Promise<LoadedConfig> {
  return { config: parseConfig(await valueIn(path), path), path };
}

async function valueIn(path: string): Promise<unknown> {
  if (extname(path) === '.json') {
    try {
      return JSON.parse(readFileSync(path, 'utf8'));
    } catch (error) {
      throw badField(path, `cannot be read (${(error as Error).message})`);
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'tsmpi-config-'));
  try {
    const file = join(folder, 'config.mjs');
    writeFileSync(file, await bundled(path));
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    if (module.default === undefined)
      throw badField(path, 'has no default export', 'export default defineConfig({ … })');
    return module.default;
  } catch (error) {
    if (isTsmpiError(error)) throw error;
    throw badField(path, `cannot be loaded (${(error as Error).message})`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function bundled(path: string): Promise<string> {
  return withEsbuild(async (esbuild) => {
    const building = esbuild.build({
      entryPoints: [path],
      bundle: true,
      platform: 'node',
      format: 'esm',
      write: false,
      logLevel: 'silent',
      packages: 'external',
      plugins: [ownEntries(thisPackage().root)],
    });
    const outcome = await building.catch((error: unknown) => {
      if (!isBuildFailure(error)) throw error;
      const [first] = error.errors;
      throw badField(`${path}:${String(first?.location?.line ?? 1)}`, first?.text ?? error.message);
    });
    return outcome.outputFiles[0]?.text ?? '';
  });
}
