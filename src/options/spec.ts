/** What an option is, and how given ones are checked. The tables beside this file are the only home of defaults. */
import { expected, kindOf, unknown } from '../errors.ts';
import type { Watch } from '../types.ts';

/** One option: what it falls back to, what it may be (in words, for the error), and the check. */
export interface OptionSpec<T> {
  /** Undefined where something else says what an option falls back to, or nothing does. */
  default: T;
  /** As in "Expected ... for tau". */
  wanted: string;
  accepts(value: unknown): boolean;
  /** In a line. */
  help: string;
  /** Of a number: the smallest and the largest. */
  range?: readonly [number, number];
  /** Of a choice: its names. */
  values?: readonly string[];
}

export const number = <D extends number | undefined>(
  fallback: D,
  min: number,
  max: number,
  help: string,
  whole = false,
): OptionSpec<D extends number ? number : number | undefined> => ({
  default: fallback as never,
  wanted: `${whole ? 'a whole number' : 'a number'} from ${min} to ${max}`,
  accepts: (v) => typeof v === 'number' && v >= min && v <= max && (!whole || Number.isInteger(v)),
  help,
  range: [min, max],
});
export const flag = (fallback: boolean, help: string): OptionSpec<boolean> => ({
  default: fallback,
  wanted: 'true or false',
  accepts: (v) => typeof v === 'boolean',
  help,
});
export const choice = <T extends string>(fallback: T, values: readonly T[], help: string): OptionSpec<T> & { values: readonly T[] } => ({
  default: fallback,
  values,
  wanted: `one of ${values.join(', ')}`,
  accepts: (v) => values.includes(v as T),
  help,
});

export const optional = <T>(wanted: string, accepts: (v: unknown) => boolean, help: string): OptionSpec<T | undefined> => ({
  default: undefined,
  wanted,
  accepts,
  help,
});

export const isWhole = (v: unknown, min: number, max: number): boolean => Number.isInteger(v) && (v as number) >= min && (v as number) <= max;

/** A table's options without their defaults. */
export type Unfilled<S> = { [K in keyof S]: Omit<S[K], 'default'> & OptionSpec<Resolved<S>[K] | undefined> };

/** Of what was given, what a table has. */
export const only = <S extends Specs>(specs: S, all: Record<string, unknown>): Given<S> =>
  Object.fromEntries(Object.entries(all).filter(([name, value]) => value !== undefined && Object.hasOwn(specs, name))) as Given<S>;

/** The same options where nothing is filled in, so that what was given shows. */
export const given = <S extends Specs>(specs: S): Unfilled<S> =>
  Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, { ...spec, default: undefined }])) as never;

export type Specs = Record<string, OptionSpec<unknown>>;
/** All options of a table, with their defaults filled in. */
export type Resolved<S> = { [K in keyof S]: S[K] extends OptionSpec<infer T> ? T : never };
/** What a caller may give. */
export type Given<S> = { [K in keyof S]?: Resolved<S>[K] | undefined };

const WATCH: Record<keyof Watch, (v: unknown) => boolean> = {
  signal: (v) => kindOf(v) === 'AbortSignal',
  onProgress: (v) => typeof v === 'function',
};

/** Throws one sentence if `value` is out of the option's range; returns it otherwise. */
export const check = <T>(spec: OptionSpec<T>, name: string, value: unknown): T => {
  if (!spec.accepts(value)) throw expected(spec.wanted, name, value);
  return value as T;
};

/**
 * Defaults filled in, everything checked, unknown names refused with a guess.
 * @param of what the options belong to, for the message
 */
export const resolveOptions = <S extends Specs>(of: string, specs: S, given: (Given<S> & Watch) | undefined): Resolved<S> & Watch => {
  if (given !== undefined && kindOf(given) !== 'Object') throw expected('an object', `the options of ${of}`, given);
  const out: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) out[name] = spec.default;
  for (const [name, value] of Object.entries(given ?? {})) {
    if (value === undefined) continue;
    if (Object.hasOwn(WATCH, name)) {
      if (!WATCH[name as keyof Watch](value)) throw expected(name === 'signal' ? 'an AbortSignal' : 'a function', name, value);
    } else if (!Object.hasOwn(specs, name)) throw unknown(`option of ${of}`, name, [...Object.keys(specs), ...Object.keys(WATCH)]);
    else check(specs[name], name, value);
    out[name] = value;
  }
  return out as Resolved<S> & Watch;
};

/** The check of what has no options but to be watched. @param of as above */
export const checkWatch = (of: string, given: Watch | undefined): Watch => resolveOptions(of, {}, given);
