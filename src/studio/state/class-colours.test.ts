import { expect, it } from 'vitest';
import type { ClassRow } from '../types.ts';
import { apart, freshColour } from './class-colours.ts';

it('the first twelve colours of classes are well apart, and so is one that comes to others', () => {
  const colours: ClassRow['colour'][] = [];
  for (let i = 0; i < 12; i++) colours.push(freshColour(colours));
  for (const [i, one] of colours.entries()) for (const other of colours.slice(i + 1)) expect(apart(one, other)).toBeGreaterThan(0.14);
  expect(apart(freshColour([[255, 0, 0]]), [255, 0, 0])).toBeGreaterThan(0.3);
});
