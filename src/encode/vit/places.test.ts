import { describe, expect, it } from 'vitest';
import { rotations } from './places.ts';

describe('rotations', () => {
  it('turn by the place of a patch, y first, and leave the prefix', () => {
    const { cosines, sines } = rotations(3, 2, 1, { channels: 8, temperature: 100 });
    expect([...cosines.subarray(0, 4), ...sines.subarray(0, 4)]).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
    // The second patch of the first row lies at y -1/2, x 0; periods are 1 and 100^(1/2).
    const at = 2 * 4;
    for (const [i, angle] of [-Math.PI, -Math.PI / 10, 0, 0].entries()) {
      expect(cosines[at + i]).toBeCloseTo(Math.cos(angle), 6);
      expect(sines[at + i]).toBeCloseTo(Math.sin(angle), 6);
    }
    expect(cosines.length).toBe((1 + 6) * 4);
  });
});
