/** The pictures that a run goes over: of the set the first `limit`, and of these one shard. */
import { inShard, parseShard } from '../options/shard.ts';
import type { Item } from './datasets.ts';
import type { Settings } from './ledger.ts';
import type { EvaluateOptions } from './settings.ts';

export interface Part {
  items: readonly Item[];
  /** What the file of a shard says of it, so that all shards together can be told from some: nothing where there is none. */
  told: Settings;
}

export const partOf = (all: readonly Item[], { limit, shard }: Pick<EvaluateOptions, 'limit' | 'shard'>): Part => {
  const set = all.slice(0, limit);
  return { items: inShard(set, shard), told: shard === undefined ? {} : { ...parseShard(shard), pictures: set.length } };
};
