/** Hovering over an option tells what it means: the doc comment above each option of a table is what the table says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { kindsOf } from './kinds.ts';
import type { OptionSpec, Specs } from './spec.ts';

const FOLDER = import.meta.dirname;
const NAMES = readdirSync(FOLDER).flatMap((file) => (file.includes('.test.') ? [] : [file.replace('.ts', '')]));

/** In the words of "diffcut --help", with what the option may be. */
const docOf = (name: string, { help, wanted, default: fallback }: OptionSpec<unknown>): string => {
  const told = fallback === undefined || fallback === '' ? '' : `; default: ${Array.isArray(fallback) ? fallback.join(', ') : fallback}`;
  return `${kindsOf(name)}${help} (${wanted}${told})`;
};

/** Broken where it would be too long for a line. */
const commentOf = (text: string): string => {
  if (text.length <= 130) return `/** ${text} */`;
  return `/**\n${text.replace(/(.{1,120})(?: |$)/g, '   * $1\n')}   */`;
};

/** The source with a doc comment, in the words of the table, above each option of its tables. */
const documented = (path: string, tables: Record<string, Specs>): string => {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const edits: { from: number; to: number; text: string }[] = [];
  for (const statement of source.statements.filter(ts.isVariableStatement)) {
    for (const { name, initializer } of statement.declarationList.declarations) {
      const table = tables[name.getText(source)];
      if (!table || !initializer || !ts.isObjectLiteralExpression(initializer)) continue;
      for (const property of initializer.properties.filter(ts.isPropertyAssignment)) {
        const spec = table[property.name.getText(source)];
        const isBorrowed = ts.isPropertyAccessExpression(property.initializer); // another table's, which has the comment
        if (typeof spec?.accepts !== 'function' || isBorrowed) continue;
        const to = property.getStart(source);
        const from = ts.getLeadingCommentRanges(source.text, property.pos)?.at(-1)?.pos ?? to;
        edits.push({ from, to, text: `${commentOf(docOf(property.name.getText(source), spec))}\n  ` });
      }
    }
  }
  return edits.reduceRight((text, { from, to, text: comment }) => text.slice(0, from) + comment + text.slice(to), source.text);
};

describe('doc comments of options', () => {
  it.each(NAMES)('in %s.ts are as the tables are: "npx vitest run src/options --update" writes them', async (name) => {
    const path = join(FOLDER, `${name}.ts`);
    await expect(documented(path, await import(/* @vite-ignore */ path))).toMatchFileSnapshot(path);
  });
});
