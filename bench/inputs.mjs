/**
 * The inputs of the benchmarks, made from a seed so that any language can rebuild them bit by bit:
 * scripts/bench-reference.py makes the same for the Python reference and describes them. Their CRC-32
 * are in test/golden/bench/inputs.json.
 */

/** mulberry32: numbers 0..1. */
const random = (seed) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};

const pairs = (r, n) => Array.from({ length: n }, () => [r(), r()]);

const siteWeights = (sites, v, u) => {
  const w = sites.map(([y, x]) => (1 / (0.0004 + (v - y) * (v - y) + (u - x) * (u - x))) ** 2);
  const total = w.reduce((sum, value) => sum + value, 0);
  return w.map((value) => value / total);
};

/** Calls `cell(index, v, u)` row by row, with the cell's centre. */
const eachCell = (width, height, cell) => {
  for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++, i++) cell(i, (y + 0.5) / height, (x + 0.5) / width);
};

export const benchFeatures = ({ width, height, channels, seed, sites: n, noise }) => {
  const r = random(seed);
  const sites = pairs(r, n);
  const prototypes = Array.from({ length: n }, () => Array.from({ length: channels }, () => 2 * r() - 1));
  const data = new Float32Array(width * height * channels);
  eachCell(width, height, (i, v, u) => {
    const w = siteWeights(sites, v, u);
    for (let c = 0; c < channels; c++) {
      let value = 0;
      for (let k = 0; k < n; k++) value += w[k] * prototypes[k][c];
      data[i * channels + c] = value + noise * (2 * r() - 1);
    }
  });
  return { data, width, height, channels };
};

export const benchImage = ({ width, height, seed, sites: n }) => {
  const r = random(seed);
  const sites = pairs(r, n);
  const colours = Array.from({ length: n }, () => Array.from({ length: 3 }, () => 40 + 175 * r()));
  const data = new Uint8Array(width * height * 3);
  eachCell(width, height, (i, v, u) => {
    const w = siteWeights(sites, v, u);
    for (let c = 0; c < 3; c++) {
      let value = 0;
      for (let k = 0; k < n; k++) value += w[k] * colours[k][c];
      data[i * 3 + c] = Math.min(255, Math.max(0, Math.floor(value + 24 * (r() - 0.5) + 0.5)));
    }
  });
  return { data, width, height };
};

export const benchLabels = ({ width, height, seed, sites: n }) => {
  const r = random(seed);
  const sites = pairs(r, n);
  const data = new Int32Array(width * height);
  eachCell(width, height, (i, v, u) => {
    const y = v + 0.03 * (2 * r() - 1);
    const x = u + 0.03 * (2 * r() - 1);
    let nearest = Number.POSITIVE_INFINITY;
    sites.forEach(([sy, sx], k) => {
      const d = (y - sy) * (y - sy) + (x - sx) * (x - sx);
      if (d < nearest) {
        nearest = d;
        data[i] = k;
      }
    });
  });
  return { data, width, height };
};
