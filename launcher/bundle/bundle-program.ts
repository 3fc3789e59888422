/**
 * One program of a job and everything that it imports, as one ES module that a rank can run.
 *
 * In the bundle: the program's own files and its npm packages. Outside: node's built-in modules, tsmpi itself, packages
 * with native addons and packages that read their own files. `import()` of a name that is only known at run time is
 * left
 * as it is, and so is what `new Worker` names.
 */
import { mkdir, realpath } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BuildOptions } from 'esbuild';
import { BundleError } from './bundle-error.ts';
import { withEsbuild } from './esbuild-service.ts';
import { ExternalPackages, externalPackages } from './external-packages.ts';
import { fileIdentity, identityDefines, type Turn } from './file-identity.ts';
import { ownEntries } from './own-entries.ts';
import { isBuildFailure, problemOf } from './problems.ts';

export interface BundleOptions {
  /** Absolute path of the program. */
  readonly script: string;
  /** Absolute path; made if it does not exist. Bundles of different programs need different ones. */
  readonly outDirectory: string;
  /** Working directory: problems name files relative to it. */
  readonly cwd: string;
  /** Root of the tsmpi package, whose built entries the program's `import … from 'tsmpi'` gets. */
  readonly tsmpiRoot: string;
}

export interface Bundle {
  /** Absolute path of the module to run, in `outDirectory`; its source map lies beside it. */
  readonly entry: string;
  /** Directories that the bundle reads at run time, to be mounted read-only at their own paths. */
  readonly externals: readonly string[];
  /** Size of the module without its source map. */
  readonly bytes: number;
}

/**
 * Bundles a program once, for all its ranks. Stacks of the bundle name the original lines once source maps are on
 * (`process.setSourceMapsEnabled(true)`, before the bundle is imported).
 *
 * Throws BundleError when a file has an error or an import cannot be resolved.
 */
export async function bundleProgram(options: BundleOptions): Promise<Bundle> {
  const { script, outDirectory } = options;
  await mkdir(outDirectory, { recursive: true });
  const entry = join(outDirectory, `${basename(script, extname(script))}.mjs`);
  const packages = new ExternalPackages();
  const main = await realpath(script);
  return withEsbuild(async (esbuild) => {
    for (;;) {
      // A package found to stay outside makes the bundle stale. It may be the very one that cannot be bundled, so that
      // an error, too, counts only when no package was found.
      const turn: Turn = { isStale: false };
      const build = buildOptions({ ...options, main }, entry, packages, turn);
      const outcome = await esbuild.build({ ...build, metafile: true }).catch((error: unknown) => {
        if (!isBuildFailure(error)) throw error;
        return error;
      });
      if (turn.isStale) continue;
      if (isBuildFailure(outcome)) throw new BundleError(script, outcome.errors.map(problemOf));
      const { outputs } = outcome.metafile;
      const bytes = Object.entries(outputs).find(([name]) => name.endsWith('.mjs'))?.[1].bytes ?? 0;
      return { entry, externals: packages.directories, bytes };
    }
  });
}

/**
 * Each turn excludes at least one package more, so there are few: mostly one, two with a package that reads its files.
 */
function buildOptions(
  { script, main, cwd, tsmpiRoot }: BundleOptions & { main: string },
  entry: string,
  packages: ExternalPackages,
  turn: Turn,
): BuildOptions {
  return {
    absWorkingDir: cwd,
    entryPoints: [script],
    outfile: entry,
    bundle: true,
    format: 'esm',
    platform: 'node',
    // The sandboxes run this very node.
    target: `node${process.versions.node}`,
    // What node itself looks for. Without the list esbuild adds conditions of bundlers, and would name files of
    // external
    // packages that node cannot load.
    conditions: ['node-addons'],
    charset: 'utf8',
    legalComments: 'none',
    sourcemap: 'linked',
    logLevel: 'silent',
    define: identityDefines,
    // For the `require` of CommonJS packages: built-in modules, and names made up at run time.
    banner: {
      js:
        `import { createRequire as __tsmpi_createRequire } from 'node:module';` +
        `const require = __tsmpi_createRequire(${JSON.stringify(pathToFileURL(script).href)});`,
    },
    plugins: [ownEntries(tsmpiRoot), fileIdentity(main, packages, turn), externalPackages(packages)],
  };
}
