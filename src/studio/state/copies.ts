/** The command line and the TypeScript that give what the settings of a picture give. */
import type { Settings } from '../types.ts';
import { stemOf } from './names.ts';

/** What is said of segmenting beside the picture, in the order in which people say it. */
const NAMES = ['encoder', 'size', 'solver', 'price', 'tau', 'alpha', 'refine', 'minArea', 'split', 'keepAlpha'] as const;

const given = (settings: Settings): [name: (typeof NAMES)[number], value: string | number | boolean][] =>
  NAMES.flatMap((name) => {
    const value = settings[name];
    return value === undefined || value === false ? [] : [[name, value]];
  });

/** A word as a shell takes it: in quotes where it has anything but plain letters. */
const quoted = (word: string): string => (/^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** A name that the command line would take for an option stands in its folder. */
const pathOf = (name: string): string => (name.startsWith('-') ? `./${name}` : name);

/** @param name of the picture's file */
export const commandOf = (name: string, settings: Settings): string => {
  const flags = given(settings).map(([of, value]) => (value === true ? flagOf(of) : `${flagOf(of)} ${quoted(String(value))}`));
  return ['diffcut segment', quoted(pathOf(name)), ...flags, '-o out'].join(' ');
};

/** A module that writes the label map; it is JavaScript as well. */
export const codeOf = (name: string, settings: Settings): string => {
  const options = given(settings).map(([of, value]) => `${of}: ${JSON.stringify(value)}`);
  const told = options.length > 0 ? `, { ${options.join(', ')} }` : '';
  return [
    "import { writeFile } from 'node:fs/promises';",
    "import { encodeIndexedPng, segment } from 'diffcut';",
    '',
    `const { labels, segments } = await segment(${JSON.stringify(name)}${told});`,
    `await writeFile(${JSON.stringify(`${stemOf(name)}.labels.png`)}, await encodeIndexedPng(labels));`,
    'console.log(segments.length, "segments");',
    '',
  ].join('\n');
};
