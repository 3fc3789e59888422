/**
 * Builds dist/: compiles with tsc, copies what tsc does not (generated code, .proto), makes the bins executable, and
 * removes outputs whose source is gone. Outputs are written even when types are wrong, and the exit code says so.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sourceFolders = ['runtime', 'launcher', 'collectives'];
const copied = /\.gen\.js$|\.gen\.d\.ts$|\.proto$/;
const compiled = /(\.d\.ts\.map|\.d\.ts|\.js\.map|\.js)$/;

function filesUnder(folder: string): string[] {
  const absolute = join(root, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

function compile(): number {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const result = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  return result.status ?? 1;
}

function copyAssets(): void {
  for (const path of sourceFolders.flatMap(filesUnder).filter((file) => copied.test(file))) {
    const target = join(root, 'dist', path);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(root, path), target);
  }
}

function removeOrphans(): void {
  for (const folder of sourceFolders) {
    for (const path of filesUnder(`dist/${folder}`)) {
      const source = path.slice('dist/'.length);
      if (existsSync(join(root, source))) continue;
      if (compiled.test(source) && existsSync(join(root, source.replace(compiled, '.ts')))) continue;
      rmSync(join(root, path));
    }
  }
}

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

function readManifest(): Manifest {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
}

function makeBinsExecutable(): void {
  for (const path of Object.values(readManifest().bin)) {
    const file = join(root, path);
    if (existsSync(file)) chmodSync(file, statSync(file).mode | 0o111);
  }
}

/** Packages that may be absent. Their types then are too; the compiled code looks for them when it runs, and is good. */
function missingOptionalPackages(): string[] {
  const names = Object.keys(readManifest().optionalDependencies);
  return names.filter((name) => !existsSync(join(root, 'node_modules', name)));
}

const status = compile();
copyAssets();
removeOrphans();
makeBinsExecutable();
const missing = missingOptionalPackages();
if (status !== 0 && missing.length > 0) {
  console.error(
    `Built all the same: ${missing.join(' and ')}, which is optional, is not installed, so its types are missing`,
  );
} else process.exitCode = status;
