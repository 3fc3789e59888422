/**
 * Packages that stay outside the bundle: those with native addons, and those that read files of their own.
 *
 * An external package is imported from where it lies, by the exact file that node would choose, so that it does not
 * matter where the bundle itself lies.
 */
import { isBuiltin } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';
import { hasNativeAddon, packageOf } from './installed-package.ts';

/** Marks our own question to esbuild's resolver, which comes back through the same plugin. */
const asked = Symbol('asked');

/** What is known of the packages of one program; grows while it is bundled. */
export class ExternalPackages {
  /** By package root. */
  readonly #external = new Map<string, boolean>();
  readonly #directories = new Set<string>();

  /** Directories that the bundle needs at run time. */
  get directories(): string[] {
    return [...this.#directories].sort();
  }

  /**
   * Keeps the package of `file` out of the bundle. True when that is news: the bundle in the making must be made
   * again.
   */
  exclude(file: string): boolean {
    const found = packageOf(file);
    if (found === undefined) return false;
    this.#directories.add(found.modules);
    if (this.#external.get(found.root) === true) return false;
    this.#external.set(found.root, true);
    return true;
  }

  /** True when `file` belongs to a package that stays outside. */
  has(file: string): boolean {
    const found = packageOf(file);
    if (found === undefined) return false;
    let external = this.#external.get(found.root);
    if (external === undefined) {
      external = hasNativeAddon(found.root);
      this.#external.set(found.root, external);
    }
    if (external) this.#directories.add(found.modules);
    return external;
  }

  /** A native addon that the program's own code requires by its path. */
  addon(file: string): void {
    this.#directories.add(dirname(file));
  }
}

/** esbuild's side of it. */
export function externalPackages(packages: ExternalPackages): Plugin {
  return {
    name: 'tsmpi-external-packages',
    setup(build) {
      build.onResolve({ filter: /^[^./]|\.node$/ }, (args) => resolveImport(build, args, packages));
    },
  };
}

async function resolveImport(
  build: PluginBuild,
  args: OnResolveArgs,
  packages: ExternalPackages,
): Promise<OnResolveResult | undefined> {
  if (args.pluginData === asked || args.kind === 'entry-point' || isBuiltin(args.path)) return undefined;
  const { importer, resolveDir, kind, namespace, with: attributes } = args;
  const found = await build.resolve(args.path, {
    importer,
    resolveDir,
    kind,
    namespace,
    with: attributes,
    pluginData: asked,
  });
  // Without our answer esbuild asks itself again, and reports what it does not find at the place of the import.
  if (found.errors.length > 0 || found.external || found.namespace !== 'file') return undefined;
  const isRequired = kind === 'require-call' || kind === 'require-resolve';
  if (found.path.endsWith('.node')) {
    if (!isRequired) return { errors: [{ text: `A native addon cannot be imported; require it instead` }] };
    packages.addon(found.path);
    return { path: found.path, external: true };
  }
  if (!packages.has(found.path)) return undefined;
  return { path: isRequired ? found.path : pathToFileURL(found.path).href, external: true };
}
