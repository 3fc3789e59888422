/**
 * Packages under `node_modules`, and whether they can be taken out of it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

/** A package as it lies in a `node_modules` folder. */
export interface InstalledPackage {
  readonly root: string;
  /** The outermost `node_modules` around it: everything that it may itself import lies there. */
  readonly modules: string;
}

/** Entries looked at in search of a native addon. The addons of real packages lie near the top. */
const entriesSearchedMax = 5000;
const depthSearchedMax = 4;

/** Packages whose only use is to find or build the addon of the package that depends on them. */
const addonLoaders = [
  'bindings',
  'node-gyp-build',
  'node-gyp-build-optional-packages',
  'node-pre-gyp',
  '@mapbox/node-pre-gyp',
  'prebuild-install',
  'pkg-prebuilds',
  'cmake-js',
  '@napi-rs/triples',
];

/** Names like `@img/sharp-linux-x64`: the addon, or the program, lies in one optional package per platform. */
const platformPackage = /(?:^|[-/_])(?:linux|darwin|win32)(?:$|[-_])/;

const nodeModules = `${sep}node_modules${sep}`;

/** The package that the file belongs to, or undefined for a file of the user's own (linked packages included). */
export function packageOf(file: string): InstalledPackage | undefined {
  const innermost = file.lastIndexOf(nodeModules);
  if (innermost === -1) return undefined;
  const inside = file.slice(innermost + nodeModules.length).split(sep);
  const name = inside.slice(0, inside[0]?.startsWith('@') === true ? 2 : 1);
  const outermost = file.indexOf(nodeModules);
  return {
    root: file.slice(0, innermost + nodeModules.length) + name.join(sep),
    modules: file.slice(0, outermost + nodeModules.length - 1),
  };
}

/** True when the package loads machine code: it cannot be bundled. */
export function hasNativeAddon(root: string): boolean {
  const manifest = readManifest(root);
  if (manifest['gypfile'] === true || 'napi' in manifest) return true;
  if (addonLoaders.some((name) => name in section(manifest, 'dependencies'))) return true;
  if (Object.keys(section(manifest, 'optionalDependencies')).some((name) => platformPackage.test(name))) return true;
  return holdsAddon(root);
}

function holdsAddon(root: string): boolean {
  let entriesLeft = entriesSearchedMax;
  let level = [root];
  for (let depth = 0; depth < depthSearchedMax; depth++) {
    const next: string[] = [];
    for (const directory of level) {
      for (const entry of readdirSync(directory, { withFileTypes: true })) {
        if (entry.isFile() && entry.name.endsWith('.node')) return true;
        if (entry.isDirectory() && entry.name !== 'node_modules') next.push(join(directory, entry.name));
        entriesLeft--;
        if (entriesLeft === 0) return false;
      }
    }
    level = next;
  }
  return false;
}

function readManifest(root: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    return isRecord(json) ? json : {};
  } catch {
    // A folder without a readable manifest is a package all the same; only its files can tell.
    return {};
  }
}

function section(manifest: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = manifest[name];
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
