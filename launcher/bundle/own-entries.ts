/**
 * `import … from 'tsmpi'` in a program means the tsmpi that runs it, outside the bundle: its ranks share one copy of it
 * with the sandbox around them, whatever version lies in the program's own `node_modules`.
 *
 * In the bundle stands a module that only passes on what an entry exports, by name. So a name that tsmpi does not have
 * is found while bundling, at its line, and a CommonJS file may `require` tsmpi, whose own modules cannot be required.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin, PluginBuild } from 'esbuild';
import { TsmpiError } from '../../runtime/core/errors.ts';

/** Where the modules that pass tsmpi on are; esbuild names it in its messages. */
export const ownNamespace = 'tsmpi-own';

/** `tsmpiRoot`: where our package.json lies, whose `exports` name the built entries. */
export function ownEntries(tsmpiRoot: string): Plugin {
  const entries = readEntries(tsmpiRoot);
  return {
    name: 'tsmpi-own-entries',
    setup(build) {
      build.onResolve({ filter: /^tsmpi(?:\/|$)/ }, ({ path, kind }) => {
        const file = entries.get(path);
        if (file === undefined) {
          const names = [...entries.keys()].join(', ');
          return { errors: [{ text: `tsmpi has no entry ${JSON.stringify(path)}; it has ${names}` }] };
        }
        if (kind === 'require-resolve') return { path: file, external: true };
        if (kind === 'dynamic-import') return { path: pathToFileURL(file).href, external: true };
        return { path, namespace: ownNamespace, sideEffects: false };
      });
      build.onResolve({ filter: /^file:/, namespace: ownNamespace }, ({ path }) => ({ path, external: true }));
      build.onLoad({ filter: /.*/, namespace: ownNamespace }, async ({ path }) => {
        const file = entries.get(path) ?? path;
        const names = await exportedNames(build, file);
        return { contents: `export { ${names.join(', ')} } from ${JSON.stringify(pathToFileURL(file).href)};` };
      });
    },
  };
}

async function exportedNames({ esbuild }: PluginBuild, file: string): Promise<readonly string[]> {
  const { metafile } = await esbuild.build({
    entryPoints: [file],
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  return Object.values(metafile.outputs).flatMap(({ exports }) => exports);
}

function readEntries(tsmpiRoot: string): Map<string, string> {
  const manifest: unknown = JSON.parse(readFileSync(join(tsmpiRoot, 'package.json'), 'utf8'));
  const exported = isRecord(manifest) && isRecord(manifest['exports']) ? manifest['exports'] : {};
  const entries = new Map<string, string>();
  for (const [name, target] of Object.entries(exported)) {
    const file = isRecord(target) ? target['default'] : target;
    if (typeof file !== 'string' || !file.endsWith('.js')) continue;
    entries.set(`tsmpi${name.slice(1)}`, join(tsmpiRoot, file));
  }
  const main = entries.get('tsmpi');
  if (main === undefined || !existsSync(main)) {
    throw new TsmpiError('ERR_LAUNCH', `tsmpi in ${tsmpiRoot} is not built`, { remedy: 'run `npm run build` there' });
  }
  return entries;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
