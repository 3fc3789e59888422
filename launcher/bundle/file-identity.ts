/**
 * Lets each bundled module keep the file that it came from: `import.meta`, `__filename` and `__dirname` mean what they
 * meant before it was bundled.
 *
 * An ES module gets one more import at its end (imports run before the module does, and no line or column moves); a
 * CommonJS module has the names replaced by their values.
 */
import { readFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Loader, OnLoadResult, Plugin, PluginBuild } from 'esbuild';
import type { ExternalPackages } from './external-packages.ts';

const identityNamespace = 'tsmpi-file-identity';
const identityName = '__tsmpi_import_meta';

/** esbuild replaces a name only where nothing of that name is in scope: a module's own `__dirname` stays its own. */
export const identityDefines: Readonly<Record<string, string>> = {
  'import.meta': identityName,
  __filename: `${identityName}.filename`,
  __dirname: `${identityName}.dirname`,
};

const mention = /\bimport\.meta\b|\b__filename\b|\b__dirname\b/;
/** `require.main === module` asks whether this file is the program. */
const mainMention = /\brequire\.main\b/;
const esSyntax = /^\s*(?:import\b(?!\s*\()|export\b)/m;
const commonJsSyntax = /\bmodule\.exports\b|\bexports\.|\bexports\[|\brequire\(/;

/** One attempt to bundle. */
export interface Turn {
  /** A package turned out to read its own files, and so must stay outside: what this attempt makes is of no use. */
  isStale: boolean;
}

/** `main`: the program itself, the only module whose `import.meta.main` is true. */
export function fileIdentity(main: string, packages: ExternalPackages, turn: Turn): Plugin {
  return {
    name: identityNamespace,
    setup(build) {
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/, namespace: 'file' }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        const asksForMain = path === main && mainMention.test(source);
        if (!asksForMain && !mention.test(source)) return undefined;
        if (packages.exclude(path)) turn.isStale = true;
        // Only the search for more such packages goes on; this one's insides no longer matter.
        if (turn.isStale && packages.has(path)) return { contents: '', loader: 'js' };
        const loader = extname(path).replace(/^\.[cm]?/, '') as Loader;
        if (!isCommonJs(path, source)) return appended(path, source, loader);
        return replaced(build, path, source, loader, path === main);
      });
      build.onResolve({ filter: new RegExp(`^${identityNamespace}:`) }, ({ path }) => ({
        path: path.slice(identityNamespace.length + 1),
        namespace: identityNamespace,
      }));
      build.onLoad({ filter: /.*/, namespace: identityNamespace }, ({ path }) => ({
        contents: identityModule(path, path === main),
        loader: 'js',
      }));
    },
  };
}

function appended(path: string, source: string, loader: Loader): OnLoadResult {
  const contents = `${source}\nimport ${identityName} from ${JSON.stringify(`${identityNamespace}:${path}`)};`;
  return { contents, loader };
}

async function replaced(
  build: PluginBuild,
  path: string,
  source: string,
  loader: Loader,
  isMain: boolean,
): Promise<OnLoadResult> {
  try {
    const { code } = await build.esbuild.transform(source, {
      loader,
      sourcefile: path,
      sourcemap: 'inline',
      define: {
        __filename: JSON.stringify(path),
        __dirname: JSON.stringify(dirname(path)),
        ...(isMain ? { 'require.main': 'module' } : {}),
      },
      target: 'esnext',
      logLevel: 'silent',
    });
    return { contents: code, loader: 'js' };
  } catch {
    // A syntax error: the untouched source lets the build itself report it, at its place.
    return { contents: source, loader };
  }
}

function identityModule(path: string, isMain: boolean): string {
  const url = pathToFileURL(path).href;
  return `
import { createRequire, isBuiltin } from 'node:module';
import { pathToFileURL } from 'node:url';
const url = ${JSON.stringify(url)};
export default Object.assign(Object.create(null), {
  dirname: ${JSON.stringify(dirname(path))},
  filename: ${JSON.stringify(path)},
  main: ${String(isMain)},
  resolve(specifier) {
    const name = String(specifier);
    if (/^(?:[.]{0,2}[/]|[a-z][a-z0-9+.-]+:)/i.test(name)) return new URL(name, url).href;
    return isBuiltin(name) ? 'node:' + name : pathToFileURL(createRequire(url).resolve(name)).href;
  },
  url,
});`;
}

/** A file without any sign of either kind is an ES module here. */
function isCommonJs(path: string, source: string): boolean {
  const extension = extname(path);
  if (extension.startsWith('.m')) return false;
  if (extension.startsWith('.c')) return true;
  return !esSyntax.test(source) && commonJsSyntax.test(source);
}
