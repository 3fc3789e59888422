import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { packageRoot } from '../harness/run-tsmpirun.ts';
import ts from 'typescript';

/** One TypeScript file of ours: its path from the root, its text, and what it imports. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Paths from the root of the files that it imports, types and dynamic imports too. */
  readonly imports: readonly string[];
}

const folders = ['runtime', 'launcher', 'collectives', 'connectors', 'benchmarks', 'demo', 'test', 'examples', '.ci'];

function readSource(path: string): SourceFile {
  const text = readFileSync(`${packageRoot}/${path}`, 'utf8');
  const names = ts.preProcessFile(text, true, true).importedFiles.map((imported) => imported.fileName);
  const relative = names.filter((name) => name.startsWith('.'));
  return { path, text, imports: relative.map((name) => posix.join(posix.dirname(path), name)) };
}

/** Every `.ts` file that people write, generated ones left out. */
export function sourceFiles(): SourceFile[] {
  const present = folders.filter((folder) => existsSync(`${packageRoot}/${folder}`));
  return present.flatMap((folder) =>
    readdirSync(`${packageRoot}/${folder}`, { recursive: true, encoding: 'utf8' })
      .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.gen.d.ts') && !path.includes('/node_modules/'))
      .sort()
      .map(readSource),
  );
}
