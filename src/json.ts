/** JSON of files that others may have written. */
import { badModel } from './errors.ts';

/** Levels of lists and objects: configs have five, and what walks a value calls itself for each. */
const DEEPEST = 100;

const OPEN = [0x7b, 0x5b];
const CLOSE = [0x7d, 0x5d];

/** How deep a text's brackets go, those in strings left out. */
const depthOf = (text: string): number => {
  let [depth, deepest, isText] = [0, 0, false];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) isText = !isText;
    else if (isText && code === 0x5c) i++;
    else if (!isText && OPEN.includes(code)) deepest = Math.max(deepest, ++depth);
    else if (!isText && CLOSE.includes(code)) depth--;
  }
  return deepest;
};

/** The value of a text. @throws SyntaxError for what is no JSON, and for what is nested more than 100 levels deep */
export const parseJson = (text: string): unknown => {
  if (depthOf(text) > DEEPEST) throw new SyntaxError(`nested more than ${DEEPEST} levels deep`);
  return JSON.parse(text);
};

/** Neither null nor a list. */
export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The object that a text of a model is.
 * @param name of the text, for messages; a path is quoted in it
 * @throws InputError for what is no JSON, no object, or nested past all use
 */
export const jsonObject = (text: string, name: string): Record<string, unknown> => {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw badModel(`${name} is not JSON (${(error as Error).message}): get the file again`, error);
  }
  if (isObject(value)) return value;
  throw badModel(`${name} holds no JSON object: get the file again`);
};
