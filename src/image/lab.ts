/** CIELAB of TIFF (revision 6.0, section 23: L 0..255, a and b signed, under D50) to sRGB (IEC 61966-2-1, Bradford-adapted). */
const WHITE = [0.96422, 1, 0.82521];
const TO_RGB = [3.1338561, -1.6168667, -0.4906146, -0.9787684, 1.9161415, 0.033454, 0.0719453, -0.2289914, 1.4052427];

const uncurve = (t: number): number => (t > 6 / 29 ? t ** 3 : (t - 4 / 29) * (108 / 841));

const byte = (linear: number): number => {
  const v = Math.max(0, Math.min(1, linear));
  return Math.round(255 * (v > 0.0031308 ? 1.055 * v ** (1 / 2.4) - 0.055 : 12.92 * v));
};

/** @param lab three bytes a pixel @returns the same of red, green and blue */
export const labToRgb = (lab: Uint8Array): Uint8Array => {
  const out = new Uint8Array(lab.length);
  for (let i = 0; i < lab.length; i += 3) {
    const light = (lab[i] * (100 / 255) + 16) / 116;
    const x = WHITE[0] * uncurve(light + ((lab[i + 1] << 24) >> 24) / 500);
    const y = WHITE[1] * uncurve(light);
    const z = WHITE[2] * uncurve(light - ((lab[i + 2] << 24) >> 24) / 200);
    out[i] = byte(TO_RGB[0] * x + TO_RGB[1] * y + TO_RGB[2] * z);
    out[i + 1] = byte(TO_RGB[3] * x + TO_RGB[4] * y + TO_RGB[5] * z);
    out[i + 2] = byte(TO_RGB[6] * x + TO_RGB[7] * y + TO_RGB[8] * z);
  }
  return out;
};
