import { describe, expect, it } from 'vitest';
import { jointParts } from './joint-name.ts';

describe('jointParts', () => {
  it.each([
    ['embedded', []],
    [
      'a+b',
      [
        { name: 'a', weight: 1 },
        { name: 'b', weight: 1 },
      ],
    ],
    [
      'dinov2-b:2 + ssd-1b:.5',
      [
        { name: 'dinov2-b', weight: 2 },
        { name: 'ssd-1b', weight: 0.5 },
      ],
    ],
    [
      'C:\\models\\a:3+b',
      [
        { name: 'C:\\models\\a', weight: 3 },
        { name: 'b', weight: 1 },
      ],
    ],
  ])('%s', (name, parts) => {
    expect(jointParts(name)).toEqual(parts);
  });

  it.each(['a+', '+', 'a:0+b', ':2+a', ' +b'])('refuses %j', (name) => {
    expect(() => jointParts(name)).toThrow(/Expected encoders with "\+" between, such as dinov2-b\+ssd-1b/);
  });
});
