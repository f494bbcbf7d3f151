import { expect, it } from 'vitest';
import { toLab } from './lab.ts';

it.each([
  [
    [255, 255, 255],
    [100, 0, 0],
  ],
  [
    [0, 0, 0],
    [0, 0, 0],
  ],
  [
    [255, 0, 0],
    [53.24, 80.09, 67.2],
  ],
  [
    [0, 255, 0],
    [87.73, -86.18, 83.18],
  ],
  [
    [0, 0, 255],
    [32.3, 79.19, -107.86],
  ],
  [
    [119, 119, 119],
    [50.03, 0, 0],
  ],
])('%j is %j', (rgb, want) => {
  const lab = new Float64Array(3);
  toLab(Float32Array.from([9, ...rgb]), 1, lab);
  for (let c = 0; c < 3; c++) expect(Math.abs(lab[c] - want[c])).toBeLessThan(0.3);
});
