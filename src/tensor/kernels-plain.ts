/** The kernels of assembly/ in plain TypeScript: the meaning of each, and the way out where WebAssembly SIMD is missing. */
import type { KernelFunctions } from './kernels.ts';

const tri = (i: number): number => (i * (i + 1)) / 2;
const { fround } = Math;

const wholePower = (base: number, exponent: number): number => {
  let out = 1;
  for (let e = exponent, b = base; e > 0; e >>= 1, b = fround(b * b)) if (e & 1) out = fround(out * b);
  return out;
};

/** `i` folded back into 0..n-1 at mirrored edges: d c b a | a b c d. */
const mirrored = (i: number, n: number): number => {
  const at = ((i % (2 * n)) + 2 * n) % (2 * n);
  return at < n ? at : 2 * n - 1 - at;
};

export const PLAIN: KernelFunctions = {
  normalizeRows(src, n, c, dst, stride) {
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let k = 0; k < c; k++) sum += src[i * c + k] ** 2;
      const scale = 1 / Math.max(Math.sqrt(sum), 1e-12);
      for (let k = 0; k < c; k++) dst[i * stride + k] = src[i * c + k] * scale;
      dst.fill(0, i * stride + c, (i + 1) * stride);
    }
  },

  gram(f, n, stride, from, to, out) {
    for (let i = from; i < n; i++) {
      for (let j = from; j <= i && j < to; j++) {
        let sum = 0;
        for (let k = 0; k < stride; k++) sum += f[i * stride + k] * f[j * stride + k];
        out[tri(i) + j] = sum;
      }
    }
  },

  extent(a, count, out) {
    let lo = Infinity;
    let hi = -Infinity;
    for (let i = 0; i < count; i++) {
      if (a[i] < lo) lo = a[i];
      if (a[i] > hi) hi = a[i];
    }
    out[0] = lo;
    out[1] = hi;
  },

  affinityPower(a, count, lo, hi, alpha) {
    const range = fround(hi - lo);
    const whole = Number.isInteger(alpha);
    for (let i = 0; i < count; i++) {
      const base = fround(fround(a[i] - lo) / range);
      a[i] = whole ? wholePower(base, alpha) : base ** alpha;
    }
  },

  markZeros(a, n, mark) {
    mark.fill(0, 0, n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) if (a[tri(i) + j] === 0) mark[i] = mark[j] = 1;
    }
  },

  gather(a, indices, m, out) {
    for (let i = 0; i < m; i++) {
      const row = tri(indices[i]);
      for (let j = 0; j <= i; j++) out[tri(i) + j] = a[row + indices[j]];
    }
  },

  symv(a, n, x, y) {
    y.fill(0, 0, n);
    for (let i = 0; i < n; i++) {
      const row = tri(i);
      let sum = a[row + i] * x[i];
      for (let j = 0; j < i; j++) {
        sum += a[row + j] * x[j];
        y[j] += a[row + j] * x[i];
      }
      y[i] += sum;
    }
  },

  binSums(a, n, bin, bins, sums) {
    sums.fill(0, 0, bins * bins);
    for (let i = 0; i < n; i++) {
      const to = bin[i] * bins;
      for (let j = 0; j <= i; j++) sums[to + bin[j]] += a[tri(i) + j];
    }
  },

  matmul(a, n, stride, q, k, out) {
    for (let s = 0; s < k; s++) {
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += a[i * stride + j] * q[s * stride + j];
        out[s * stride + i] = sum;
      }
    }
  },

  blur(src, out, width, height, weights, radius, line) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) line[radius + x] = weights[0] * src[y * width + x];
      for (let k = 1; k <= radius; k++) {
        const [above, below] = [mirrored(y - k, height) * width, mirrored(y + k, height) * width];
        for (let x = 0; x < width; x++) line[radius + x] += weights[k] * (src[above + x] + src[below + x]);
      }
      for (let k = 1; k <= radius; k++) {
        line[radius - k] = line[radius + mirrored(-k, width)];
        line[radius + width - 1 + k] = line[radius + mirrored(width - 1 + k, width)];
      }
      for (let x = 0; x < width; x++) {
        let sum = weights[0] * line[radius + x];
        for (let k = 1; k <= radius; k++) sum += weights[k] * (line[radius + x - k] + line[radius + x + k]);
        out[y * width + x] = sum;
      }
    }
  },

  pamrWeights(image, planeBytes, stride, groups, rows, offsets, count, weights) {
    // Neighbours of the first pixel lie before the view: work from the whole memory.
    const all = new Float32Array(image.buffer);
    const first = image.byteOffset / 4;
    const values = count + count / 8;
    const likeness = new Float32Array(count);
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < groups * 4; x++) {
        likeness.fill(0);
        for (let c = 0; c < 3; c++) {
          const at = first + (c * planeBytes) / 4 + y * stride + x;
          let sum = 0;
          let squares = 0;
          for (let q = 0; q < count; q++) {
            const d = all[at + offsets[q] / 4] - all[at];
            sum += d;
            squares += d * d;
          }
          const deviation = Math.sqrt(Math.max(0, (squares - (sum * sum) / values) / (values - 1)));
          for (let q = 0; q < count; q++) likeness[q] -= Math.abs(all[at + offsets[q] / 4] - all[at]) / (1e-8 + 0.1 * deviation) / 3;
        }
        const top = likeness.reduce((a, b) => Math.max(a, b), -Infinity);
        const powers = likeness.map((a) => Math.exp(a - top));
        const total = powers.reduce((a, b) => a + b, 0);
        const to = (y * groups + (x >> 2)) * count * 4 + (x & 3);
        for (let q = 0; q < count; q++) weights[to + q * 4] = powers[q] / total;
      }
    }
  },

  pamrStep(masks, out, planes, planeBytes, stride, groups, rows, offsets, count, weights) {
    const all = new Float32Array(masks.buffer);
    const first = masks.byteOffset / 4;
    for (let k = 0; k < planes; k++) {
      const plane = (k * planeBytes) / 4;
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < groups * 4; x++) {
          const from = (y * groups + (x >> 2)) * count * 4 + (x & 3);
          const at = plane + y * stride + x;
          let sum = 0;
          for (let q = 0; q < count; q++) sum += weights[from + q * 4] * all[first + at + offsets[q] / 4];
          out[at] = sum;
        }
      }
    }
  },
};
