/**
 * A page of the contract with its methods written as properties. TypeScript compares the parameters of methods both
 * ways, and would take a method that accepts less than it should.
 */
import ts from 'typescript';

/** What a page declares under one name. */
export interface Declared {
  readonly name: string;
  readonly kind: 'value' | 'class' | 'type';
  /** Constraints of its type parameters, by their names: as text, '' where there is none. */
  readonly parameters: readonly (readonly [name: string, constraint: string])[];
}

export interface Page {
  readonly text: string;
  readonly declared: readonly Declared[];
}

export function strictPage(path: string, text: string): Page {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const declared = new Map<string, Declared>();
  const parts: string[] = [];
  for (const statement of file.statements) {
    const named = declarationOf(statement);
    // A class may share its name with an interface: it is one declaration, and the class tells how to check it.
    if (named !== null && declared.get(named.name)?.kind !== 'class') declared.set(named.name, named);
    const isBody = ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement);
    parts.push(isBody ? strictBody(statement, file) : statement.getText(file));
  }
  return { text: `${parts.join('\n')}\n`, declared: [...declared.values()] };
}

function declarationOf(statement: ts.Statement): Declared | null {
  if (ts.isVariableStatement(statement)) {
    const [first] = statement.declarationList.declarations;
    return first === undefined ? null : { name: first.name.getText(), kind: 'value', parameters: [] };
  }
  if (ts.isFunctionDeclaration(statement)) return { name: statement.name?.text ?? '', kind: 'value', parameters: [] };
  const isClass = ts.isClassDeclaration(statement);
  if (!isClass && !ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement)) return null;
  // What is not exported is a name of the page's own.
  if (statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) !== true) return null;
  const parameters = (statement.typeParameters ?? []).map(({ name, constraint }): [string, string] => [
    name.text,
    constraint?.getText() ?? '',
  ]);
  return { name: statement.name?.text ?? '', kind: isClass ? 'class' : 'type', parameters };
}

function strictBody(body: ts.InterfaceDeclaration | ts.ClassDeclaration, file: ts.SourceFile): string {
  const signatures = new Map<string, string[]>();
  const rest: string[] = [];
  for (const member of body.members) {
    const name = member.name?.getText(file) ?? '';
    if (!ts.isMethodSignature(member) && !ts.isMethodDeclaration(member)) {
      rest.push(member.getText(file));
      continue;
    }
    const [first] = member.typeParameters ?? [];
    // Behind the name: `<T>(data: T): Promise<T>`, or without the parameters of types.
    const start = first === undefined ? member.getText(file).indexOf('(', name.length) : name.length;
    const overloads = signatures.get(name) ?? [];
    overloads.push(member.getText(file).slice(start).replace(/;$/, ''));
    signatures.set(name, overloads);
  }
  for (const [name, overloads] of signatures) rest.push(`${name}: { ${overloads.join('; ')} };`);
  const head = file.text.slice(body.getStart(file), body.members.pos);
  return `${head}\n${rest.join('\n')}\n}`;
}
