/** The TypeScript compiler on code of tests, which sees the built package as its users do. */
import { basename } from 'node:path';
import ts from 'typescript';
import { packageRoot } from '../harness/run-tsmpirun.ts';

interface Fault {
  /** The name of the file. */
  readonly file: string;
  /** From 0. */
  readonly line: number;
  readonly text: string;
}

const folder = `${packageRoot}/test/types`;
const cache = new Map<string, ts.SourceFile | undefined>();

/** What the compiler says of these files, by their names, in this folder. */
export function compile(files: Readonly<Record<string, string>>): Fault[] {
  const given = new Map(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
  const program = programOf(given);
  const own = [...given.keys()].flatMap((path) => program.getSourceFile(path) ?? []);
  return own.flatMap((file) =>
    [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((diagnostic) => ({
      file: basename(file.fileName),
      line: file.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line,
      text: ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
    })),
  );
}

/** A program of these files, by their paths. */
function programOf(given: ReadonlyMap<string, string>): ts.Program {
  const config = ts.readConfigFile(`${packageRoot}/tsconfig.json`, (path) => ts.sys.readFile(path)).config as {
    compilerOptions: unknown;
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, packageRoot);
  // Else the compiler takes the sources for the package's own declarations.
  delete options.outDir;
  delete options.rootDir;
  // What is left out leaves imports behind.
  options.noUnusedLocals = false;
  // Where all is imported, values and types are imported alike.
  options.verbatimModuleSyntax = false;
  // The declarations themselves are looked into as well.
  const host = ts.createCompilerHost({ ...options, skipLibCheck: false });
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (path, target) => {
    const text = given.get(path);
    if (text !== undefined) return ts.createSourceFile(path, text, target, true);
    if (!cache.has(path)) cache.set(path, read(path, target));
    return cache.get(path);
  };
  const exists = host.fileExists.bind(host);
  host.fileExists = (path) => given.has(path) || exists(path);
  return ts.createProgram({ rootNames: [...given.keys()], options, host });
}

/** What an entry of the package exports, with the examples of each. */
export function exportsOf(entry: string): { readonly name: string; readonly examples: readonly string[] }[] {
  const path = `${folder}/entry.ts`;
  const program = programOf(new Map([[path, `export * from '${entry}';\n`]]));
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(path);
  const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`${entry} is no module`);
  return checker.getExportsOfModule(module).map((symbol) => {
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    const declared = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
    const tags = declared.getJsDocTags(checker).filter(({ name }) => name === 'example');
    return { name: symbol.name, examples: tags.map(({ text }) => ts.displayPartsToString(text)) };
  });
}
