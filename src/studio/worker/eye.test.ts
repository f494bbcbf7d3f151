import { expect, it } from 'vitest';
import { eyeOf } from './eye.ts';

it('is the same whether the own encoder is named or not, and no other one is', () => {
  const own = eyeOf({});
  expect(eyeOf({ encoder: 'embedded', where: 'page' })).toBe(own); // as the views of all pictures name it
  expect(eyeOf({ price: 0.01, alpha: 3 })).toBe(own);
  for (const other of [{ size: 512 }, { encoder: 'other' }, { where: 'computer' as const }]) expect(eyeOf(other)).not.toBe(own);
});
