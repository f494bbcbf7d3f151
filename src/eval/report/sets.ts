/** Which set a run is of, how it is called, and what else of its settings is the method's. */
import { DATASETS } from '../datasets.ts';
import type { Settings } from '../ledger.ts';

/** Settings that are the set's or the protocol's; all others but the version are the method's. */
const OF_SET = ['kind', 'dataset', 'root', 'images', 'masks', 'list', 'rule', 'classes', 'background', 'ignore', 'dictionary'];

type Value = Settings[string];

/** The last parts of a path. */
export const endOf = (path: Value, parts = 1): string =>
  String(path)
    .split(/[\\/]/)
    .filter((part) => part !== '')
    .slice(-parts)
    .join('/');

/** A benchmark is the same wherever it lies, down to the name of a list; other sets are their folders. */
const isBenchmark = ({ root }: Settings): boolean => typeof root === 'string';

/** Equal for runs of one set. */
export const setKey = (settings: Settings): string => {
  const { dataset, rule, list, images, masks, classes, background, ignore } = settings;
  return JSON.stringify(isBenchmark(settings) ? [dataset, rule, list && endOf(list)] : [dataset, images, masks, list, classes, background, ignore]);
};

const nameOf = (settings: Settings, parts?: number): string => {
  const { dataset, rule, list, masks } = settings;
  const where = isBenchmark(settings) ? [] : [parts === undefined ? masks : endOf(masks, parts)];
  return [dataset, ...where, rule && `rule ${rule}`, list && endOf(list)].filter((part) => part).join(', ');
};

/** Names of sets by their keys: folders with as much of their paths as tells them apart. */
export const setNames = (all: readonly Settings[]): Map<string, string> => {
  const sets = new Map(all.map((settings) => [setKey(settings), settings]));
  for (const parts of [2, 3, undefined]) {
    const names = new Map([...sets].map(([key, settings]) => [key, nameOf(settings, parts)]));
    if (parts === undefined || new Set(names.values()).size === sets.size) return names;
  }
  return new Map();
};

/**
 * What published figures of a set may stand beside: its own pictures, which it has below its root or by the list that they were
 * published with, one matching a picture, and the set's own classes by the first of its rules.
 */
export const isAsPublished = (settings: Settings): boolean => {
  const { kind, dataset, rule, list } = settings;
  const row = DATASETS[dataset as string];
  const areTheirs = isBenchmark(settings) && (row.unlisted === undefined) === ((list ?? null) === null);
  return areTheirs && kind !== 'dictionary' && (rule ?? null) === (row.rules ? Object.keys(row.rules)[0] : null);
};

/** How a run is told from others of its set. */
export interface Method {
  encoder: string;
  solver: string;
  refine: string;
  /** All else that changes a number, in words. */
  rest: string[];
}

/** @param versions whether runs differ in theirs */
export const methodOf = (settings: Settings, versions: boolean): Method => {
  const { encoder, solver, refine, version, predictions, ...others } = settings;
  const rest = Object.entries(others)
    .filter(([key, value]) => !OF_SET.includes(key) && value !== null)
    .map(([key, value]) => `${key} ${value}`);
  return {
    encoder: predictions ? `predictions ${endOf(predictions, 2)}` : String(encoder),
    solver: predictions ? '' : String(solver),
    refine: String(refine),
    rest: [...rest, ...(versions ? [`version ${version}`] : [])],
  };
};
