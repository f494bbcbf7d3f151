import { expect, it } from 'vitest';
import { inTurn } from './in-turn.ts';

it('begins each work when the one before has ended, and goes on after one that failed', async () => {
  const order: string[] = [];
  const queue = inTurn();
  const work =
    (name: string, fails = false) =>
    async (): Promise<string> => {
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const all = await Promise.allSettled([queue(work('a')), queue(work('b', true)), queue(work('c'))]);
  expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});
