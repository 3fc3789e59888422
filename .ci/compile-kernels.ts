/**
 * Compiles collectives/kernels/assembly and writes kernels.gen.js and kernels.gen.d.ts beside it. One module for each
 * op or group of ops that go together: a rank compiles what it uses.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sealOf } from '../test/harness/kernel-seal.ts';

/** What is used of the compiler. */
interface Compiler {
  main(
    options: readonly string[],
    environment: {
      readFile(name: string): string | null;
      writeFile(name: string, contents: string | Uint8Array): void;
      listFiles(): string[];
      stderr: { write(chunk: string | Uint8Array): void };
    },
  ): Promise<{ error: Error | null }>;
}

// By a name that TypeScript does not follow: the compiler's own types would redeclare those of Array and String for all
// of this project.
const compilerModule: string = 'assemblyscript/asc';
const { default: asc } = (await import(compilerModule)) as { default: Compiler };

const kernels = fileURLToPath(new URL('../collectives/kernels', import.meta.url));

/** The element types, as AssemblyScript has them. */
const elements = [
  ['Int8Array', 'i8'],
  ['Uint8Array', 'u8'],
  ['Uint8ClampedArray', 'u8'],
  ['Int16Array', 'i16'],
  ['Uint16Array', 'u16'],
  ['Int32Array', 'i32'],
  ['Uint32Array', 'u32'],
  ['BigInt64Array', 'i64'],
  ['BigUint64Array', 'u64'],
  ['Float32Array', 'f32'],
  ['Float64Array', 'f64'],
] as const;

const arithmetic = ['sum', 'prod', 'min', 'max'];
const bitwise = ['land', 'lor', 'lxor', 'band', 'bor', 'bxor'];

const options = [
  ...['--runtime', 'stub', '--noAssert', '--optimizeLevel', '3', '--enable', 'simd,threads,bulk-memory'],
  // Any shared memory of at least a page will do; the module has none of its own.
  ...['--importMemory', '--noExportMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
];

/** The exported functions of one op and element type. */
function exportsOf(op: string, name: string, element: string): string {
  // What does not depend on the sign is compiled unsigned, so that the types of one width share one function.
  const type = op === 'min' || op === 'max' ? element : element.replace('i', 'u');
  const clamped = name === 'Uint8ClampedArray' && (op === 'sum' || op === 'prod') ? 'Clamped' : '';
  const types = `<${type}, operations.${op.charAt(0).toUpperCase()}${op.slice(1)}${clamped}<${type}>>`;
  // Bitwise ops are rare: they do without the wide loop, which is five times the code.
  const fold = arithmetic.includes(op) ? 'foldWide' : 'foldPairs';
  const kernel = `${op}_${name}`;
  const sources = 'first: usize, stride: usize, sources: i32, count: i32';
  return `export function ${kernel}_fold(target: usize, ${sources}): void {
    Loops.${fold}${types}(target, first, stride, sources, count, 0, 0);
  }
  export function ${kernel}_foldTable(target: usize, ${sources}, offset: usize): void {
    Loops.${fold}${types}(target, first, stride, sources, count, offset, 1);
  }
  export function ${kernel}_scanTable(${sources}, offset: usize): void {
    Loops.scan${types}(first, stride, sources, count, offset);
  }`;
}

function entryOf(ops: readonly string[]): string {
  const functions = ops.flatMap((op) =>
    elements
      .filter(([, element]) => arithmetic.includes(op) || !element.startsWith('f'))
      .map(([name, element]) => exportsOf(op, name, element)),
  );
  return ["import { Loops } from './loops.ts';", "import * as operations from './operations.ts';", ...functions].join(
    '\n',
  );
}

async function compile(entry: string): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const messages: string[] = [];
  const { error } = await asc.main(['entry.ts', '--outFile', 'kernels.wasm', ...options], {
    readFile: (name) => {
      if (name === 'entry.ts') return entry;
      return name === 'loops.ts' || name === 'operations.ts'
        ? readFileSync(join(kernels, 'assembly', name), 'utf8')
        : null;
    },
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binary = contents;
    },
    listFiles: () => [],
    stderr: { write: (chunk: string | Uint8Array) => void messages.push(String(chunk)) },
  });
  if (error !== null || binary === undefined) throw new Error(messages.join(''), { cause: error });
  return binary;
}

const entries = new Map([
  ...arithmetic.map((op) => [op, entryOf([op])] as const),
  ['bitwise', entryOf(bitwise)],
  ['copy', readFileSync(join(kernels, 'assembly', 'copy.ts'), 'utf8')],
]);
const modules: Record<string, string> = {};
for (const [name, entry] of entries) modules[name] = Buffer.from(await compile(entry)).toString('base64');
const lines = Object.entries(modules).map(([name, base64]) => `  ${name}: '${base64}',`);
const header = '/** Compiled from assembly/ by `npm run generate:kernels`: WebAssembly modules in base64. */';
const seal = `export const seal = '${sealOf(modules)}';`;
writeFileSync(
  join(kernels, 'kernels.gen.js'),
  [header, seal, 'export const modules = {', ...lines, '};', ''].join('\n'),
);
const names = [...entries.keys()].map((name) => `'${name}'`).join(' | ');
writeFileSync(
  join(kernels, 'kernels.gen.d.ts'),
  [
    header,
    'export declare const seal: string;',
    `export declare const modules: Readonly<Record<${names}, string>>;`,
    '',
  ].join('\n'),
);
