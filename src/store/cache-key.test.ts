import { describe, expect, it } from 'vitest';
import { cacheKey, VERSIONS } from './cache-key.ts';

describe('the key of what is kept', () => {
  it('is another for another version of what makes it, another kind, and other parts', async () => {
    const key = await cacheKey('features', ['a', 'b']);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(await cacheKey('features', ['a', 'b'])).toBe(key);
    const others = [
      await cacheKey('features', ['a', 'b'], { ...VERSIONS, features: VERSIONS.features + 1 }),
      await cacheKey('prompts', ['a', 'b']),
      await cacheKey('features', ['ab']),
    ];
    expect(new Set([key, ...others]).size).toBe(4);
    expect(await cacheKey('features', ['a', 'b'], { ...VERSIONS, prompts: VERSIONS.prompts + 1 })).toBe(key);
  });
});
