/** How the build bundles with esbuild, wherever it does. */
import { readFileSync } from 'node:fs';
import type { BuildOptions } from 'esbuild';

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

export function readManifest(): Manifest {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Manifest;
}

export function bundling(folder: string): BuildOptions {
  return {
    absWorkingDir: folder,
    bundle: true,
    platform: 'node',
    target: 'node20',
    legalComments: 'inline',
    // Less to parse; names stay, for stacks.
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'warning',
    // Piscina and pg use some where they are asked to, and tsmpi does not ask.
    external: [
      ...Object.keys(readManifest().optionalDependencies),
      ...['@napi-rs/nice', 'esbuild', 'pg-native', 'pg-cloudflare'],
    ],
  };
}
