/** What kind of mending an error wants. When each is thrown and what to do: docs/errors.md. */
export const ERROR_CODES = ['E_INPUT', 'E_OPTION', 'E_FILE', 'E_NETWORK', 'E_MODEL', 'E_MEMORY', 'E_DEVICE'] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** Control characters, halves of pairs, line separators, and the marks that turn the direction of what follows. */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

const escaped = (character: string): string => '\\'.concat('u', character.charCodeAt(0).toString(16).padStart(4, '0'));

/** A text on one line as a terminal may have it: names and contents that come from files are not to steer it. JSON stays JSON. */
export const printable = (text: string): string => text.replace(HIDDEN, escaped);

/** A sentence has fewer characters than this; names and values from hostile files may have any number. */
const MOST = 1500;

const bounded = (sentence: string): string => (sentence.length > MOST ? `${sentence.slice(0, 1000)}...${sentence.slice(-400)}` : sentence);

/**
 * Bad input: the caller can mend it. The command line prints its message alone, without a stack; it is on one line, with control
 * characters escaped. Where another error led to it, that one is its `cause`.
 */
export class InputError extends Error {
  override name = 'InputError';
  readonly code: ErrorCode;
  constructor(sentence: string, { code = 'E_INPUT', cause }: { code?: ErrorCode; cause?: unknown } = {}) {
    super(bounded(printable(sentence)), cause === undefined ? {} : { cause });
    this.code = code;
  }
}

/** The error of a model that is not here, is damaged, or is not what it should be. */
export const badModel = (sentence: string, cause?: unknown): InputError => new InputError(sentence, { code: 'E_MODEL', cause });

/**
 * For `.catch` behind the parsing of something that we keep and can make anew: bytes that are damaged (an InputError) count
 * as nothing kept, any other error is thrown on.
 */
export const noneIfBad = (error: unknown): undefined => {
  if (!(error instanceof InputError)) throw error;
};

/**
 * What kind of object a value is, `Uint8Array` or `AbortSignal`, whichever realm it was made in: `instanceof` knows nothing of
 * what comes out of a frame, a vm or a test runner.
 */
export const kindOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/** An http(s) address for people: without query and user, which may hold secrets. */
export const publicName = ({ origin, pathname }: URL): string => origin + pathname;

/** A path or an address as messages name it: the middle of one that is longer than about 100 characters is left out. */
export const shortened = (text: string): string => (text.length > 100 ? `${text.slice(0, 60)}...${text.slice(-37)}` : text);

/** What was given, in few words, however large or deep it is. */
const describe = (value: unknown, isInside = false): string => {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (ArrayBuffer.isView(value)) return `${kindOf(value)} of ${value.byteLength} bytes`;
  if (Array.isArray(value) && isInside) return `a list of ${value.length}`;
  if (Array.isArray(value)) return `[${Array.from(value.slice(0, 8), (v) => describe(v, true)).join(', ')}${value.length > 8 ? ', ...' : ''}]`;
  return `an object with ${Object.keys(value).slice(0, 5).map(shortened).join(', ') || 'no keys'}`;
};

/** Its type, where the words do not tell. */
const typeOf = (value: unknown): string => {
  if (typeof value === 'object' && value !== null)
    return ['Object', 'Array'].includes(kindOf(value)) || ArrayBuffer.isView(value) ? '' : kindOf(value);
  return value === undefined || value === null || typeof value === 'function' ? '' : typeof value;
};

/** What another's error says: its further lines are about its own source. */
export const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).trim().split('\n')[0];

/** The one sentence for a value that is not what was asked for. `throw expected('a number from 0 to 2', 'tau', x)`. */
export const expected = (what: string, name: string, got: unknown): InputError => {
  const type = typeOf(got);
  return new InputError(`Expected ${what} for ${name} but received ${describe(got)}${type && ` of type ${type}`}`, { code: 'E_OPTION' });
};

/** Edit distance with adjacent transpositions counted as one edit. */
const distance = (a: string, b: string): number => {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i || j));
  for (let i = 0; i <= a.length; i++) rows[i][0] = i;
  for (let j = 0; j <= b.length; j++) rows[0][j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.length][b.length];
};

/** Letters of a name that may be a known one misspelt. */
const LONGEST = 100;

/** The known name that was most likely meant, or undefined. */
export const nearest = (name: string, known: readonly string[]): string | undefined => {
  if (name.length > LONGEST) return undefined; // no slip of the hand, and the distance costs its square
  const ranked = known.map((k) => ({ k, d: distance(name.toLowerCase(), k.toLowerCase()) })).sort((a, b) => a.d - b.d);
  return ranked[0] && ranked[0].d <= Math.max(2, Math.ceil(name.length / 3)) ? ranked[0].k : undefined;
};

/** The one sentence for a name outside a known list. */
export const unknown = (kind: string, name: string, known: readonly string[]): InputError => {
  const guess = nearest(name, known);
  const help = guess ? `: did you mean "${guess}"?` : `. Known: ${known.join(', ')}`;
  return new InputError(`Unknown ${kind} "${shortened(name)}"${help}`, { code: 'E_OPTION' });
};

/** Throws the signal's reason (an AbortError unless the caller chose another) once it is aborted. */
export const checkAborted = (signal?: AbortSignal): void => signal?.throwIfAborted();

/** An error as a record, for where classes do not cross: between processes and threads. */
export interface ToldError {
  name: string;
  message: string;
  stack?: string | undefined;
  /** Of an InputError or of the system. */
  code?: string | undefined;
  /** Of the system's. */
  syscall?: string | undefined;
  cause?: unknown;
}

export const tellError = (error: unknown): ToldError => {
  const { name, message, stack, cause, code, syscall } = (error instanceof Error ? error : new Error(String(error))) as ToldError;
  return { name, message, stack, code, syscall, ...(cause !== undefined && { cause: tellError(cause) }) };
};

const isTold = (cause: unknown): cause is ToldError => typeof cause === 'object' && cause !== null && 'message' in cause;

/** The error that was told: an InputError where it was one. */
export const errorFrom = ({ name, message, stack, code, syscall, cause }: ToldError): Error => {
  const because = isTold(cause) ? { cause: errorFrom(cause) } : {};
  const error = name === 'InputError' ? new InputError(message, { code: code as ErrorCode, ...because }) : new Error(message, because);
  return Object.assign(error, { name }, stack && { stack }, code && { code }, syscall && { syscall });
};
