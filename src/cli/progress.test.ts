import { expect, it } from 'vitest';
import { durationText } from './progress.ts';

it('tells durations in the unit that fits', () => {
  expect([0, 1, 89_000, 90_000, 3_600_000, 5_399_000, 5_400_000, 36_000_000].map(durationText)).toEqual([
    '0 s',
    '1 s',
    '89 s',
    '2 min',
    '60 min',
    '90 min',
    '2 h',
    '10 h',
  ]);
});
