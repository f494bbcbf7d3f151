/** The golden path over the built package, in Node: the same function that web.test.ts runs in a browser. */
import { describe, expect, it } from 'vitest';
import { loadBuilt, readRepository } from '../built.ts';
import { agreement, goldenPath } from '../golden-path.js';

describe('the built package in Node', () => {
  it('walks the golden path', async () => {
    const { agreements, photo, segmented } = await goldenPath(await loadBuilt(), readRepository);
    expect(Object.keys(agreements)).toHaveLength(9);
    for (const [name, share] of Object.entries(agreements)) expect(share, name).toBeGreaterThanOrEqual(0.999);
    expect([photo.width, photo.height]).toEqual([451, 300]);
    expect([segmented.width, segmented.height]).toEqual([451, 300]);
    expect(segmented.segments).toBeGreaterThan(1);
  });
});

describe('agreement', () => {
  it('looks past names, but takes each id once', () => {
    expect(agreement([0, 0, 1, 1], [7, 7, 3, 3])).toBe(1);
    expect(agreement([0, 0, 1, 1], [5, 5, 5, 5])).toBe(0.5);
    expect(agreement([0, 1, 1, 1], [2, 2, 3, 3])).toBe(0.75);
    expect(agreement([0], [0, 0])).toBe(0);
  });
});
