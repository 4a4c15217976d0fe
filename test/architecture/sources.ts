/** The sources as this test sees them: files, and what each of them imports. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';
import { CHECKOUT } from '../harness/folders.js';

export interface Import {
  /** A package's name as it is written, or the path of a source below src, without its extension. */
  readonly what: string;
  readonly isPackage: boolean;
  /** Nothing of it is left when the program runs. */
  readonly isType: boolean;
}

/** Paths of all TypeScript files below src, from there on. */
export function sourceFiles(): string[] {
  return readdirSync(join(CHECKOUT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .sort();
}

export const sourceText = (path: string): string => readFileSync(join(CHECKOUT, 'src', path), 'utf8');

/** The part of the program that runs in a browser. */
const PAGE = 'report/page';

/** The folder of src that a source lies in, or the page; `index` for the library entry. */
export const folderOf = (path: string): string => (path.startsWith(`${PAGE}/`) ? PAGE : path.replace(/\.ts$/, '').split('/')[0]!);

/** Paths of all files under version control. */
export function trackedFiles(): string[] {
  const list = execFileSync('git', ['ls-files', '-z'], { cwd: CHECKOUT, encoding: 'utf8' });
  return list.split('\0').filter((path) => path !== '');
}

/** The bytes of a file as characters 0 … 255; undefined for one that was removed. */
export function trackedText(path: string): string | undefined {
  try {
    return readFileSync(join(CHECKOUT, path), 'latin1');
  } catch {
    return undefined;
  }
}

/** Every import, re-export, import() and import type of a source, given as its path below src and its text. */
export function importsOf(path: string, text: string): Import[] {
  const found: Import[] = [];
  const note = (specifier: ts.Node | undefined, isType: boolean): void => {
    if (!specifier || !ts.isStringLiteralLike(specifier)) return;
    const isPackage = !specifier.text.startsWith('.');
    const what = isPackage ? specifier.text : posix.join(posix.dirname(path), specifier.text).replace(/\.js$/, '');
    found.push({ what, isPackage, isType });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      note(node.moduleSpecifier, isTypeImport(node));
    } else if (ts.isExportDeclaration(node)) {
      note(node.moduleSpecifier, isTypeExport(node));
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      note(node.arguments[0], false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      note(node.argument.literal, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false, path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS));
  return found;
}

function isTypeImport({ importClause: clause }: ts.ImportDeclaration): boolean {
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const { name, namedBindings: names } = clause;
  return !name && !!names && ts.isNamedImports(names) && names.elements.every((each) => each.isTypeOnly);
}

function isTypeExport({ isTypeOnly, exportClause: names }: ts.ExportDeclaration): boolean {
  return isTypeOnly || (!!names && ts.isNamedExports(names) && names.elements.every((each) => each.isTypeOnly));
}
