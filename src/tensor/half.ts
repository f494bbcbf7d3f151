/** Half precision (IEEE 754 binary16). */

/** The value of a half-precision bit pattern, 0..65535. */
export const halfToFloat = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

/** The values of half-precision bit patterns, exactly. */
export const halvesToFloats = (halves: Uint16Array): Float32Array => {
  const floats = new Float32Array(halves.length);
  const bits = new Uint32Array(floats.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i];
    const sign = (half & 0x8000) << 16;
    const exponent = half & 0x7c00;
    if (exponent === 0) {
      floats[i] = (half & 0x3ff) * 2 ** -24;
      bits[i] |= sign;
    } else {
      // The exponent's bias is 15 there and 127 here; infinities and NaN have all its bits.
      bits[i] = sign | (((half & 0x7fff) << 13) + (exponent === 0x7c00 ? 0x70000000 : 0x38000000));
    }
  }
  return floats;
};

/** The nearest half-precision bit patterns, ties to even; from 65520 on infinity, as IEEE 754 has it. */
export const floatsToHalves = (floats: Float32Array): Uint16Array => {
  const halves = new Uint16Array(floats.length);
  const scratch = new Float32Array(1);
  const scratchBits = new Uint32Array(scratch.buffer);
  for (let i = 0; i < floats.length; i++) {
    scratch[0] = floats[i];
    const sign = (scratchBits[0] >>> 16) & 0x8000;
    const size = scratchBits[0] & 0x7fffffff;
    if (size > 0x7f800000) {
      halves[i] = sign | 0x7e00; // NaN
    } else if (size >= 0x477ff000) {
      halves[i] = sign | 0x7c00; // from 65520 on
    } else if (size >= 0x38800000) {
      // Half a unit of the last place less one, and one where that place is odd: a tie then carries to even.
      halves[i] = sign | ((size - 0x38000000 + 0xfff + ((size >> 13) & 1)) >> 13);
    } else {
      // Below 2^-14: next to 0.5 a float's last place is 2^-24, the unit of these, so the addition rounds.
      scratch[0] = Math.abs(floats[i]) + 0.5;
      halves[i] = sign | (scratchBits[0] - 0x3f000000);
    }
  }
  return halves;
};
