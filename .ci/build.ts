/**
 * Builds dist/: compiles with tsc, copies what tsc does not (generated code, .proto), bundles what every sandbox loads,
 * removes outputs whose source is gone, and makes the bins executable. Outputs are written even when types are wrong,
 * and the exit code says so. Where nothing has changed since the last good build there is nothing to do.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { bundling, readManifest } from './bundling.ts';
import { packRuntime } from './pack-runtime.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const sourceFolders = ['runtime', 'launcher', 'collectives', 'connectors'];
/** What the last good build was made of, and what it made. */
const stampPath = join(root, 'dist', '.stamp.json');
const copied = /\.gen\.js$|\.gen\.d\.ts$|\.proto$/;

function filesUnder(folder: string): string[] {
  const absolute = join(root, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

function compile(outFolder: string): number {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', outFolder];
  const result = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  return result.status ?? 1;
}

function copyAssets(outFolder: string): void {
  for (const path of sourceFolders.flatMap(filesUnder).filter((file) => copied.test(file))) {
    const target = join(root, outFolder, path);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(root, path), target);
  }
}

/**
 * Entries with all that they import: loading their modules one by one takes longer than all that they do. What they
 * import when it is needed lies in `chunks`.
 */
function bundleEntries(outFolder: string, chunks: string, names: readonly string[]): void {
  const folder = join(root, outFolder);
  buildSync({
    ...bundling(folder),
    outbase: folder,
    outdir: folder,
    allowOverwrite: true,
    chunkNames: `${chunks}/[name]-[hash]`,
    splitting: true,
    format: 'esm',
    // The CommonJS packages among it call `require` for Node's own modules.
    banner: {
      js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
    },
    entryPoints: Object.fromEntries(names.map((name) => [name, `${name}.js`])),
  });
  for (const name of names) rmSync(join(folder, `${name}.js.map`));
}

function isSame(left: string, right: string): boolean {
  return existsSync(right) && readFileSync(left).equals(readFileSync(right));
}

/** Moves what changed into dist/ and removes what has no source any more. Jobs that run meanwhile see whole files. */
function publish(outFolder: string): void {
  const fresh = filesUnder(outFolder).map((path) => path.slice(outFolder.length + 1));
  for (const path of fresh) {
    const [from, to] = [join(root, outFolder, path), join(root, 'dist', path)];
    if (isSame(from, to)) continue;
    mkdirSync(dirname(to), { recursive: true });
    renameSync(from, to);
  }
  const kept = new Set(fresh);
  for (const path of filesUnder('dist').map((file) => file.slice('dist/'.length))) {
    if (!kept.has(path)) rmSync(join(root, 'dist', path), { force: true });
  }
}

function makeBinsExecutable(): void {
  for (const path of Object.values(readManifest().bin)) {
    const file = join(root, path);
    if (existsSync(file)) chmodSync(file, statSync(file).mode | 0o111);
  }
}

/**
 * Packages that may be absent. Their types then are too; the compiled code looks for them when it runs, and is good.
 */
function missingOptionalPackages(): string[] {
  const names = Object.keys(readManifest().optionalDependencies);
  return names.filter((name) => !existsSync(join(root, 'node_modules', name)));
}

/** A digest of all that the outputs depend on: sources, tools and node, whose code caches are among them. */
function inputsDigest(): string {
  const hash = createHash('sha256').update(JSON.stringify([process.version, process.arch, missingOptionalPackages()]));
  const single = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
  for (const path of [...single, ...[...sourceFolders, '.ci'].flatMap(filesUnder).sort()]) {
    hash.update(JSON.stringify(path)).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex');
}

/** Each output with its size. */
function outputs(): string {
  const files = filesUnder('dist').filter((path) => join(root, path) !== stampPath);
  return JSON.stringify(files.sort().map((path) => [path, statSync(join(root, path)).size]));
}

function isUpToDate(inputs: string): boolean {
  if (!existsSync(stampPath)) return false;
  const stamp = JSON.parse(readFileSync(stampPath, 'utf8')) as { inputs: string; outputs: string };
  return stamp.inputs === inputs && stamp.outputs === outputs();
}

/** Gives the compiler's exit code. */
async function build(): Promise<number> {
  // Beside dist/, so that the source maps' relative paths hold in either place.
  const outFolder = `dist.${process.pid}`;
  try {
    const status = compile(outFolder);
    copyAssets(outFolder);
    await packRuntime(join(root, outFolder));
    bundleEntries(outFolder, 'launcher/chunks', ['launcher/index', 'launcher/cli/tsmpi', 'launcher/cli/tsmpirun']);
    bundleEntries(outFolder, 'connectors/chunks', ['connectors/index']);
    publish(outFolder);
    makeBinsExecutable();
    return status;
  } finally {
    rmSync(join(root, outFolder), { recursive: true, force: true });
  }
}

const inputs = inputsDigest();
if (isUpToDate(inputs)) {
  console.log('dist/ is up to date');
} else {
  const status = await build();
  const missing = missingOptionalPackages();
  if (status === 0) writeFileSync(stampPath, JSON.stringify({ inputs, outputs: outputs() }));
  else if (missing.length > 0) {
    console.error(`Built without the types of optional packages that are not installed: ${missing.join(', ')}`);
  } else process.exitCode = status;
}
