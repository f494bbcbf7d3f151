/** Parts of a list that several machines share: `i/n` is every n-th, from the i-th on. */
import { isWhole } from './spec.ts';

/** One of `shards` parts, from 1. */
export interface Shard {
  shard: number;
  shards: number;
}

/** Parts, at most. */
const MOST = 1e6;

export const parseShard = (text: string): Shard => {
  const [shard, shards] = text.split('/').map(Number);
  return { shard, shards };
};

export const isShard = (value: unknown): boolean => {
  if (typeof value !== 'string' || !/^\d+\/\d+$/.test(value)) return false;
  const { shard, shards } = parseShard(value);
  return isWhole(shards, 1, MOST) && isWhole(shard, 1, shards);
};

/** Strided, not in a row: neighbours are often alike, and so are then the shards in cost. All of it where no shard is given. */
export const inShard = <T>(list: readonly T[], text: string | undefined): readonly T[] => {
  if (text === undefined) return list;
  const { shard, shards } = parseShard(text);
  return list.filter((_, at) => at % shards === shard - 1);
};
