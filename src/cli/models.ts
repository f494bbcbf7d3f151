/** `diffcut models`: the encoders and what they cost. */
import type { Command } from 'commander';
import { MODELS } from '../index.ts';
import { OPTIONS } from './options.ts';

const EXAMPLE = `
Example:
  $ diffcut models --json`;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Columns as wide as their widest cell. */
const table = (rows: string[][]): string => {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** Adds `diffcut models`. */
export const modelsCommand = (program: Command): void => {
  program
    .command('models')
    .summary('the encoders: size, licence, where they are')
    .description('List the encoders: size, licence, where they are, and the alpha and price that suit them.')
    .addOption(OPTIONS.json('print the rows as one array'))
    .addHelpText('after', EXAMPLE)
    .action(({ json }) => {
      const head = ['name', 'size', 'licence', 'alpha', 'price', 'where', 'what'];
      const rows = MODELS.map((m) => [m.name, megabytes(m.bytes), m.licence, String(m.alpha), String(m.price), m.where, m.what]);
      const notes = MODELS.map(({ name, note }) => `${name}: ${note}.`);
      process.stdout.write(json ? `${JSON.stringify(MODELS)}\n` : `${table([head, ...rows])}\n\n${notes.join('\n')}\n`);
    });
};
