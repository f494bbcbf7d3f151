/** What a reader may do with an input: give a result, or refuse it in one sentence that people can read. */
import { CommanderError } from 'commander';
import { UsageError } from '../../src/cli/terminal.ts';
import { InputError } from '../../src/errors.ts';
import type { Target } from './targets.ts';

/** No sentence is longer, characters. */
const LONGEST = 2000;

/** What only a mistake of ours puts in a sentence; what was given is told as it is. */
const SLIPS = /\[object \w+\]|\bundefined\b|=> /;
const withoutGiven = (sentence: string): string => sentence.replace(/but received .*$/s, '');

/** What steers a terminal, or breaks a line. What the command line prints is escaped where it is printed. */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** What is wrong with a sentence; undefined where nothing is. */
export const faultOf = (sentence: string): string | undefined => {
  if (sentence.trim() === '') return 'an empty sentence';
  if (sentence.length > LONGEST) return `a sentence of ${sentence.length} characters: ${sentence.slice(0, 200)}...`;
  const slip = SLIPS.exec(withoutGiven(sentence));
  return slip ? `a sentence that says "${slip[0]}": ${sentence}` : undefined;
};

/** What is wrong with an error; undefined for a refusal as it should be. */
export const faultOfError = (error: unknown): string | undefined => {
  if (error instanceof UsageError || error instanceof CommanderError) return faultOf(error.message);
  if (!(error instanceof InputError)) return error instanceof Error ? (error.stack ?? error.message) : `thrown: ${String(error)}`;
  return HIDDEN.test(error.message) ? `a sentence with a control character: ${JSON.stringify(error.message)}` : faultOf(error.message);
};

/** Runs one input. @returns what is wrong, or undefined */
export const judge = async ({ run }: Target, bytes: Uint8Array): Promise<string | undefined> => {
  try {
    await run(bytes);
    return undefined;
  } catch (error) {
    return faultOfError(error);
  }
};
