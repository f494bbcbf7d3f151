/**
 * @param planes whole planes of width x height, one after the other
 * @returns per pixel, sqrt of the sum over the planes of dx^2 + dy^2: central differences halved, edge pixels repeated
 */
export const gradient = (planes: Float32Array, width: number, height: number): Float32Array => {
  const n = width * height;
  const out = new Float32Array(n);
  for (let plane = 0; plane < planes.length; plane += n) {
    for (let y = 0; y < height; y++) {
      const row = plane + y * width;
      const above = y > 0 ? row - width : row;
      const below = y < height - 1 ? row + width : row;
      const last = width - 1;
      for (let x = 0, left = planes[row]; x < width; x++) {
        const here = planes[row + x];
        const dx = (x < last ? planes[row + x + 1] : here) - left;
        const dy = planes[below + x] - planes[above + x];
        out[y * width + x] += dx * dx + dy * dy;
        left = here;
      }
    }
  }
  for (let i = 0; i < n; i++) out[i] = 0.5 * Math.sqrt(out[i]);
  return out;
};
