import { expect, it } from 'vitest';
import { segmentPalette } from '../export/palette.ts';
import type { LabelMap } from '../types.ts';
import { matchedColours, matchedPlaces } from './colours.ts';

const map = (...data: number[]): LabelMap => ({ data: Int32Array.from(data), width: data.length, height: 1 });

it('segments that are about the same have one place, others one of their own', () => {
  const reference = map(0, 0, 0, 0, 1, 1, 2, 2);
  expect([...matchedPlaces(reference, reference)]).toEqual([0, 1, 2]);
  expect([...matchedPlaces(map(1, 1, 1, 1, 0, 0, 2, 2), reference)]).toEqual([1, 0, 2]); // other numbers
  expect([...matchedPlaces(map(0, 0, 0, 1, 2, 2, 2, 2), reference)]).toEqual([0, 3, 1]); // a part; two in one, the first
  expect([...matchedPlaces(map(0, 0, 0, 0, 0, 0, 0, 0), reference)]).toEqual([0]);
  expect([...matchedPlaces(map(0, 0, 1, 1, 2, 3, 4, 5), reference)]).toEqual([0, 3, 1, 4, 2, 5]); // ties go to the first
});

it('an id that occurs nowhere has a place, too', () => {
  expect([...matchedPlaces(map(0, 2), map(0, 1))]).toEqual([0, 2, 1]);
});

it('places are those of the palette', () => {
  const palette = segmentPalette(4);
  const colours = matchedColours(map(1, 1, 1, 0), map(0, 0, 1, 2));
  expect([...colours]).toEqual([...palette.subarray(6, 9), ...palette.subarray(0, 3)]);
});
