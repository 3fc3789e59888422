/**
 * Where this copy of the package lies, and what of it a sandbox must see.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TsmpiError } from '../../runtime/core/errors.ts';

interface Package {
  /** The package's own directory. */
  readonly root: string;
  readonly version: string;
  /** The outermost `node_modules` around the package and its own one: between them they hold every dependency. */
  readonly moduleDirectories: readonly string[];
  /** The command of a sandbox's main thread: node, its flags, the program as it is built. */
  readonly agent: readonly string[];
}

let found: Package | undefined;

/** This package. Throws ERR_LAUNCH when it has not been built. */
export function thisPackage(): Package {
  found ??= findPackage();
  return found;
}

function findPackage(): Package {
  let root = dirname(fileURLToPath(import.meta.url));
  let version = packageVersion(root);
  while (version === undefined) {
    const parent = dirname(root);
    if (parent === root) throw new TsmpiError('ERR_LAUNCH', 'cannot find the package.json of tsmpi');
    root = parent;
    version = packageVersion(root);
  }
  const agent = join(root, 'dist', 'runtime', 'sandbox', 'agent.cjs');
  if (!existsSync(agent)) {
    throw new TsmpiError('ERR_LAUNCH', `${agent} does not exist: the package is not built`, {
      remedy: 'run `npm run build` in the folder of the package',
    });
  }
  return {
    root,
    version,
    moduleDirectories: moduleDirectoriesOf(root),
    agent: [process.execPath, ...agentFlags(), agent],
  };
}

/**
 * Node 20 sums up its own start-up snapshot, twice with a worker, before it believes it: some milliseconds of every
 * sandbox. Not a flag that V8's code caches depend on; other versions may not know it.
 */
function agentFlags(version = process.versions.node): readonly string[] {
  return version.startsWith('20.') ? ['--no-verify-snapshot-checksum'] : [];
}

function packageVersion(directory: string): string | undefined {
  try {
    const json: unknown = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    if (typeof json !== 'object' || json === null || !('name' in json) || !('version' in json)) return undefined;
    return json.name === 'tsmpi' && typeof json.version === 'string' ? json.version : undefined;
  } catch {
    return undefined;
  }
}

function moduleDirectoriesOf(root: string): string[] {
  const parts = root.split(sep);
  const outermost = parts.indexOf('node_modules');
  const around = outermost === -1 ? [] : [parts.slice(0, outermost + 1).join(sep)];
  const directories = [...around, join(root, 'node_modules')].filter((directory) => existsSync(directory));
  // A linked node_modules must be there under both its names.
  return [...new Set(directories.flatMap((directory) => [directory, realpathSync(directory)]))];
}
