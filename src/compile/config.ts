/** Config files of models, read by a table: what a key may be, what it is where absent, and which keys do not matter. */
import { badModel, nearest, shortened } from '../errors.ts';

/** One key that matters. `allowed` in words for the error. */
export interface Key<T> {
  fallback: T;
  accepts(value: unknown): boolean;
  allowed: string;
}

/** No network has more of anything that a config counts, and tables are made by these numbers before weights could tell. */
const MOST = 2 ** 20;

const isCount = (v: unknown): v is number => Number.isInteger(v) && (v as number) > 0 && (v as number) <= MOST;

export const count = <D extends number | null>(fallback: D): Key<D extends null ? number | null : number> => ({
  fallback: fallback as never,
  accepts: (v) => isCount(v) || v === fallback,
  allowed: `a whole number from 1 to ${MOST}`,
});
export const real = (fallback: number): Key<number> => ({ fallback, accepts: Number.isFinite, allowed: 'a number' });
export const counts = (fallback: readonly number[]): Key<readonly number[]> => ({
  fallback,
  accepts: (v) => Array.isArray(v) && v.length > 0 && v.every(isCount),
  allowed: 'a list of whole numbers',
});
/** One number for all, or one each. */
export const countOrCounts = (fallback: number): Key<number | readonly number[]> => ({
  fallback,
  accepts: (v) => isCount(v) || counts([]).accepts(v),
  allowed: 'a whole number or a list of them',
});
/** One number for all, or the same each. */
export const sameCounts = (fallback: number): Key<number | readonly number[]> => ({
  fallback,
  accepts: (v) => countOrCounts(1).accepts(v) && (!Array.isArray(v) || new Set(v).size === 1),
  allowed: 'a whole number or a list of one and the same',
});
export const atLeast = (least: number, fallback: number): Key<number> => ({
  fallback,
  accepts: (v) => isCount(v) && v >= least,
  allowed: `a whole number from ${least} up`,
});
export const flag = (fallback: boolean): Key<boolean> => ({ fallback, accepts: (v) => typeof v === 'boolean', allowed: 'true or false' });
/** One of these values and no other; the first is the fallback. */
export const only = <T>(...values: [T, ...T[]]): Key<T> => ({
  fallback: values[0],
  accepts: (v) => values.includes(v as T),
  allowed: values.map((v) => JSON.stringify(v)).join(' or '),
});
/** A list made of these words. */
export const words = (fallback: readonly string[], ...known: string[]): Key<readonly string[]> => ({
  fallback,
  accepts: (v) => Array.isArray(v) && v.length > 0 && v.every((word) => known.includes(word)),
  allowed: `a list of ${known.join(', ')}`,
});

const told = (value: unknown): string => shortened(String(JSON.stringify(value)));

export interface ConfigTable {
  /** Keys that matter, with the fallback that the library which writes the files has. */
  keys: Record<string, Key<unknown>>;
  /** Keys that change nothing in what we compute. */
  idle: readonly string[];
}
export type Config<T extends ConfigTable> = { [K in keyof T['keys']]: T['keys'][K] extends Key<infer V> ? V : never };

/**
 * @param file for messages, such as `unet/config.json`
 * @throws InputError naming the key that is unknown, or has a value that we do not compute
 */
export const readConfig = <T extends ConfigTable>(file: string, { keys, idle }: T, json: Record<string, unknown>): Config<T> => {
  const config: Record<string, unknown> = {};
  for (const [key, { fallback }] of Object.entries(keys)) config[key] = fallback;
  for (const [key, value] of Object.entries(json)) {
    if (key.startsWith('_') || idle.includes(key)) continue;
    if (!Object.hasOwn(keys, key)) {
      if (value === null) continue; // null is how a config says that it has none of this
      const guess = nearest(key, Object.keys(keys));
      throw badModel(`${file} has the key "${shortened(key)}" (${told(value)}), which is not supported${guess ? `; "${guess}" is` : ''}`);
    }
    if (!keys[key].accepts(value)) throw badModel(`${file} has "${key}": ${told(value)}, which is not supported: it may be ${keys[key].allowed}`);
    config[key] = value;
  }
  return config as Config<T>;
};
