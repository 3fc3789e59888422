/**
 * From esbuild's messages to problems that the author of a program can act on.
 */
import type { BuildFailure, Message } from 'esbuild';
import { isBuiltin } from 'node:module';
import type { BundleProblem } from './bundle-error.ts';
import { ownNamespace } from './own-entries.ts';

/** True for what `esbuild.build` rejects with when the program is at fault. */
export function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors) && error.errors.length > 0;
}

/** esbuild counts columns and lengths in bytes of UTF-8, from 0. */
export function problemOf({ text, location }: Message): BundleProblem {
  const said = advise(text);
  if (location === null) return { file: '', line: 0, column: 0, text: said, source: '', length: 0 };
  const bytes = Buffer.from(location.lineText);
  const before = bytes.subarray(0, location.column).toString();
  const meant = bytes.subarray(location.column, location.column + location.length).toString();
  return {
    file: location.file,
    line: location.line,
    column: before.length + 1,
    text: said,
    source: location.lineText,
    length: meant.length,
  };
}

function advise(said: string): string {
  const text = said.replace(`"${ownNamespace}:`, '"');
  const unresolved = /^Could not resolve "(.*)"$/.exec(text)?.[1];
  if (unresolved === undefined || isBuiltin(unresolved)) return text;
  if (/^[./]/.test(unresolved)) return `${text}: no such file`;
  const name = unresolved.split('/', unresolved.startsWith('@') ? 2 : 1).join('/');
  return /^[a-z0-9@][\w.@/-]*$/i.test(name) ? `${text}; if it is a package, run: npm install ${name}` : text;
}
