/** Which names segments may get: a list of one's own, a file, or one of those that data sets are published with. */
import { expected, InputError, shortened, unknown } from '../errors.ts';
import { VOCABULARIES } from './lists.ts';

/** Classes, each with its synonyms: the first is the name. */
export type Vocabulary = readonly (readonly string[])[];

/** Of a vocabulary: each synonym is read in every template. */
const MOST_NAMES = 20_000;
/** Control characters, and what stands for bytes that are no UTF-8. */
const NO_TEXT = new RegExp(`[\\p{Cc}${String.fromCharCode(0xfffd)}]`, 'u');
/** Letters of a name: more are cut by the text encoder anyway. */
const LONGEST = 300;

/** Synonyms between commas, in the order in which they stand, each once. */
const synonymsOf = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((name) => name.trim().replace(/\s+/g, ' '))
      .filter((name) => name !== ''),
  ),
];

/** @throws InputError for one that has no names, too many of them, a name twice, or what is no text */
const checked = (vocabulary: Vocabulary, of: string): Vocabulary => {
  if (vocabulary.length === 0) throw new InputError(`${of} has no names: give at least one`, { code: 'E_OPTION' });
  if (vocabulary.reduce((sum, names) => sum + names.length, 0) > MOST_NAMES)
    throw new InputError(`${of} has more than ${MOST_NAMES} names: give fewer`, { code: 'E_OPTION' });
  const seen = new Set<string>();
  for (const [name] of vocabulary) {
    if (seen.has(name)) throw new InputError(`${of} has the class ${JSON.stringify(shortened(name))} twice: give each once`, { code: 'E_OPTION' });
    seen.add(name);
  }
  if (vocabulary.flat().some((name) => NO_TEXT.test(name)))
    throw new InputError(`${of} has characters that are no text: give names in UTF-8`, { code: 'E_OPTION' });
  const long = vocabulary.flat().find((name) => name.length > LONGEST);
  if (long !== undefined) throw new InputError(`${of} has a name of ${long.length} letters: at most ${LONGEST} are read`, { code: 'E_OPTION' });
  return vocabulary;
};

/**
 * A vocabulary as a text: a class a line, synonyms with commas between, the first of which is its name; what follows a # is a comment.
 * @param name what it is called in messages
 * @throws InputError for a text without a name, with a class twice, or with more than 20,000 names
 */
export const parseVocabulary = (text: string, name = 'The vocabulary'): Vocabulary => {
  if (typeof text !== 'string') throw expected('a text', 'text', text);
  if (typeof name !== 'string') throw expected('a text', 'name', name);
  const lines = text.split(/\r\n|\n|\r/);
  return checked(
    lines.map((line) => synonymsOf(line.split('#')[0])).filter((names) => names.length > 0),
    name,
  );
};

/** Names in a list, each a class, or several with commas between as a vocabulary's line has them. @throws InputError as above */
export const listedVocabulary = (classes: readonly string[]): Vocabulary =>
  checked(
    classes.map(synonymsOf).filter((names) => names.length > 0),
    'The list of classes',
  );

/** One that is published with a data set. @throws InputError with a guess for another name */
export const namedVocabulary = (name: string): Vocabulary => {
  if (!Object.hasOwn(VOCABULARIES, name)) throw unknown('vocabulary', name, Object.keys(VOCABULARIES));
  return VOCABULARIES[name as keyof typeof VOCABULARIES];
};
