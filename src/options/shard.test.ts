import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inShard, isShard } from './shard.ts';

describe('shards', () => {
  it('part a list: each of it in one of them, in order, and none more than one longer than another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 40 }), (length, shards) => {
        const list = Array.from({ length }, (_, i) => i);
        const parts = Array.from({ length: shards }, (_, i) => inShard(list, `${i + 1}/${shards}`));
        expect(parts.flat().sort((a, b) => a - b)).toEqual(list);
        for (const part of parts) expect(part).toEqual([...part].sort((a, b) => a - b));
        const lengths = parts.map((part) => part.length);
        expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('are all of it where none is named', () => {
    expect(inShard([1, 2, 3], undefined)).toEqual([1, 2, 3]);
    expect(inShard([1, 2, 3], '2/2')).toEqual([2]);
    expect(inShard([1], '2/2')).toEqual([]);
  });

  it('are named i/n', () => {
    for (const text of ['1/1', '8/8', '2/1000000']) expect(isShard(text)).toBe(true);
    for (const text of ['', '1', '0/1', '2/1', '1/0', '1/1000001', '1e1/20', ' 1/2', '1/2 ', '+1/2', 1, undefined, null])
      expect(isShard(text)).toBe(false);
  });
});
