/** sRGB to CIELAB under D65 (IEC 61966-2-1; CIE 15). */
import type { FloatImage } from '../types.ts';

const WHITE = [0.95047, 1, 1.08883];
const TO_XYZ = [0.412453, 0.35758, 0.180423, 0.212671, 0.71516, 0.072169, 0.019334, 0.119193, 0.950227].map((v, i) => v / WHITE[Math.floor(i / 3)]);
const LINEAR = Float64Array.from({ length: 256 }, (_, v) => (v / 255 > 0.04045 ? ((v / 255 + 0.055) / 1.055) ** 2.4 : v / 255 / 12.92));

/** CIE's lightness curve for 0..1 in steps fine enough for means of many pixels: off by at most 0.06 in L, 0.5 in a, 0.2 in b. */
const STEPS = 8192;
const CURVE = Float64Array.from({ length: STEPS + 2 }, (_, i) => (i / STEPS > 0.008856 ? Math.cbrt(i / STEPS) : (7.787 * i) / STEPS + 16 / 116));
const curve = (t: number): number => CURVE[(t * STEPS + 0.5) | 0];

/** @param rgb three numbers 0..255 from `at` on, taken to the nearest whole one */
export const toLab = (rgb: Float32Array, at: number, lab: Float64Array): void => {
  const r = LINEAR[(rgb[at] + 0.5) | 0];
  const g = LINEAR[(rgb[at + 1] + 0.5) | 0];
  const b = LINEAR[(rgb[at + 2] + 0.5) | 0];
  const x = curve(TO_XYZ[0] * r + TO_XYZ[1] * g + TO_XYZ[2] * b);
  const y = curve(TO_XYZ[3] * r + TO_XYZ[4] * g + TO_XYZ[5] * b);
  const z = curve(TO_XYZ[6] * r + TO_XYZ[7] * g + TO_XYZ[8] * b);
  lab[0] = 116 * y - 16;
  lab[1] = 500 * (x - y);
  lab[2] = 200 * (y - z);
};

/** @returns three planes of the picture's size: L 0..100, a, b */
export const labPlanes = ({ data, width, height }: FloatImage): Float32Array => {
  const n = width * height;
  const out = new Float32Array(3 * n);
  const lab = new Float64Array(3);
  for (let i = 0; i < n; i++) {
    toLab(data, i * 3, lab);
    out[i] = lab[0];
    out[n + i] = lab[1];
    out[2 * n + i] = lab[2];
  }
  return out;
};
