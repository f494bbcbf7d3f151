/** Separable Gaussian on planes, edges mirrored (`d c b a | a b c d`), as `scipy.ndimage.gaussian_filter`. */

/** Weights of the centre and of each distance up to 4 sigma; with both sides they add up to 1. */
export const gaussian = (sigma: number): Float64Array => {
  const radius = Math.floor(4 * sigma + 0.5);
  const raw = Float64Array.from({ length: radius + 1 }, (_, i) => Math.exp(-0.5 * (i / sigma) ** 2));
  const total = raw.reduce((sum, w, i) => sum + (i === 0 ? w : 2 * w), 0);
  return raw.map((w) => w / total);
};

/** `i` folded back into 0..n-1 at mirrored edges. */
const mirrored = (i: number, n: number): number => {
  const at = ((i % (2 * n)) + 2 * n) % (2 * n);
  return at < n ? at : 2 * n - 1 - at;
};

/**
 * @param planes whole planes of width x height, one after the other
 * @returns the same layout
 */
export const blurred = (planes: Float32Array, width: number, height: number, sigma: number): Float32Array => {
  const weights = gaussian(sigma);
  const radius = weights.length - 1;
  const out = new Float32Array(planes.length);
  const sums = new Float64Array(width);
  const padded = new Float64Array(width + 2 * radius);
  const rowAt = Int32Array.from({ length: height + 2 * radius }, (_, i) => mirrored(i - radius, height) * width);
  const columnAt = Int32Array.from({ length: width + 2 * radius }, (_, i) => mirrored(i - radius, width));
  for (let plane = 0; plane < planes.length; plane += width * height) {
    for (let y = 0; y < height; y++) {
      // down the columns into one line, then along it
      const centre = plane + y * width;
      for (let x = 0; x < width; x++) sums[x] = weights[0] * planes[centre + x];
      for (let k = 1; k <= radius; k++) {
        const [above, below, w] = [plane + rowAt[y + radius - k], plane + rowAt[y + radius + k], weights[k]];
        for (let x = 0; x < width; x++) sums[x] += w * (planes[above + x] + planes[below + x]);
      }
      for (let i = 0; i < padded.length; i++) padded[i] = sums[columnAt[i]];
      for (let x = 0; x < width; x++) sums[x] = weights[0] * padded[x + radius];
      for (let k = 1; k <= radius; k++) {
        const w = weights[k];
        for (let x = 0; x < width; x++) sums[x] += w * (padded[x + radius - k] + padded[x + radius + k]);
      }
      out.set(sums, centre);
    }
  }
  return out;
};
