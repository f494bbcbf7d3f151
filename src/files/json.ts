/** JSON of models' files: an object, or one sentence. */
import { badModel } from '../errors.ts';

/** Levels; no file of a model has ten. What walks a value by calling itself would overflow the stack at thousands. */
const DEEPEST = 100;

const isDeep = (value: unknown, left: number): boolean =>
  typeof value === 'object' && value !== null && (left === 0 || Object.values(value).some((inner) => isDeep(inner, left - 1)));

/**
 * @param name of the text, for messages
 * @throws InputError for a text that is not JSON, is no object, or is nested past all use
 */
export const parseObject = (text: string, name: string): Record<string, unknown> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badModel(`${name} is not JSON (${(error as Error).message}): get the file again`, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badModel(`${name} holds no JSON object: get the file again`);
  if (isDeep(value, DEEPEST)) throw badModel(`${name} is nested more than ${DEEPEST} levels deep, which no file of a model is: get the file again`);
  return value as Record<string, unknown>;
};
