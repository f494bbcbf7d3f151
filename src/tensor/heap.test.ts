import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Heap } from './heap.ts';

it('gives pairs back in order of key, then item', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 50 })), { maxLength: 200 }), (pairs) => {
      const heap = new Heap(4);
      for (const [i, [key, item]] of pairs.entries()) heap.push(key, item, i);
      const out: [number, number][] = [];
      while (heap.pop()) {
        expect(pairs[heap.top.version]).toEqual([heap.top.key, heap.top.item]);
        out.push([heap.top.key, heap.top.item]);
      }
      expect(out).toEqual([...pairs].sort((a, b) => a[0] - b[0] || a[1] - b[1]));
    }),
  );
});

it('keeps versions when it grows past its room', () => {
  const heap = new Heap(1);
  for (let item = 0; item < 100; item++) heap.push(100 - item, item, 7 * item);
  for (let item = 99; item >= 0; item--) {
    expect(heap.pop()).toBe(true);
    expect(heap.top).toEqual({ key: 100 - item, item, version: 7 * item });
  }
  expect(heap.pop()).toBe(false);
});
