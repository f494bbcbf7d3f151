/** What the formats that were asked for take of a command's options. */
import { EXPORTING, FORMATS, type Given, SETS, type Specs } from '../toolkit.ts';
import { UsageError } from './terminal.ts';

/** Formats of a list, by kind. */
export const byKind = (names: readonly string[]): { formats: string[]; sets: string[] } => ({
  formats: names.filter((name) => Object.hasOwn(FORMATS, name)),
  sets: names.filter((name) => Object.hasOwn(SETS, name)),
});

const optionsOf = (name: string): Specs => {
  const row = Object.hasOwn(FORMATS, name) ? FORMATS[name] : SETS[name];
  return ('options' in row && row.options) || {};
};

/** Those of a command's options that formats take. @throws UsageError for one that none of these takes */
export const exportingOf = (options: Record<string, unknown>, names: readonly string[]): Given<typeof EXPORTING> => {
  const given = Object.keys(EXPORTING).filter((name) => options[name] !== undefined);
  for (const option of given) {
    const takers = [...Object.keys(FORMATS), ...Object.keys(SETS)].filter((name) => Object.hasOwn(optionsOf(name), option));
    if (!names.some((name) => takers.includes(name))) throw new UsageError(`--${option} goes with ${takers.join(', ')}: none of them is asked for`);
  }
  return Object.fromEntries(given.map((name) => [name, options[name]]));
};
