// Kernels of the recursive cut. All matrices are symmetric and kept as packed lower triangles:
// row i holds columns 0..i and starts at i * (i + 1) / 2. Pointers are byte offsets into the memory.

// @ts-ignore: decorator
@inline function tri(i: i32): usize { return (((<usize>i) * (<usize>i + 1)) >> 1) << 2; }

// @ts-ignore: decorator
@inline function sum4(v: v128): f32 {
  return (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** Each row of n x c to unit length (at least 1e-12, as torch's normalize). `stride` >= c, a multiple of 4; the rest is zero. */
export function normalizeRows(src: usize, n: i32, c: i32, dst: usize, stride: i32): void {
  for (let i = 0; i < n; i++) {
    const s = src + ((<usize>i * c) << 2);
    const d = dst + ((<usize>i * stride) << 2);
    let sum: f64 = 0;
    for (let k = 0; k < c; k++) { const x = <f64>load<f32>(s + (<usize>k << 2)); sum += x * x; }
    const scale = 1.0 / Math.max(Math.sqrt(sum), 1e-12);
    for (let k = 0; k < c; k++) store<f32>(d + (<usize>k << 2), <f32>(<f64>load<f32>(s + (<usize>k << 2)) * scale));
    for (let k = c; k < stride; k++) store<f32>(d + (<usize>k << 2), 0);
  }
}

/**
 * Columns jb..jEnd-1 (jb a multiple of 4) of S = f f^T, lower triangle. Tiles of 4 x 2 rows keep eight sums in
 * registers. A call a band: engines swap in optimised code between calls, and bands stay in the cache.
 */
export function gram(f: usize, n: i32, stride: i32, jb: i32, jEnd: i32, out: usize): void {
  const row = (<usize>stride) << 2;
  for (let i = jb; i < n; i += 4) {
    const rows = min(4, n - i);
    const p0 = f + <usize>i * row;
    const p1 = rows > 1 ? p0 + row : p0;
    const p2 = rows > 2 ? p1 + row : p0;
    const p3 = rows > 3 ? p2 + row : p0;
    const last = min(jEnd, i + 4);
    for (let j = jb; j < last; j += 2) {
      const q0 = f + <usize>j * row;
      const q1 = j + 1 < n ? q0 + row : q0;
      let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
      for (let k: usize = 0; k < row; k += 16) {
        const x = v128.load(q0 + k), y = v128.load(q1 + k);
        let p = v128.load(p0 + k);
        a0 = f32x4.add(a0, f32x4.mul(p, x)); b0 = f32x4.add(b0, f32x4.mul(p, y));
        p = v128.load(p1 + k);
        a1 = f32x4.add(a1, f32x4.mul(p, x)); b1 = f32x4.add(b1, f32x4.mul(p, y));
        p = v128.load(p2 + k);
        a2 = f32x4.add(a2, f32x4.mul(p, x)); b2 = f32x4.add(b2, f32x4.mul(p, y));
        p = v128.load(p3 + k);
        a3 = f32x4.add(a3, f32x4.mul(p, x)); b3 = f32x4.add(b3, f32x4.mul(p, y));
      }
      put(out, i, j, sum4(a0), sum4(b0), jEnd);
      if (rows > 1) put(out, i + 1, j, sum4(a1), sum4(b1), jEnd);
      if (rows > 2) put(out, i + 2, j, sum4(a2), sum4(b2), jEnd);
      if (rows > 3) put(out, i + 3, j, sum4(a3), sum4(b3), jEnd);
    }
  }
}

// @ts-ignore: decorator
@inline function put(out: usize, i: i32, j: i32, a: f32, b: f32, jEnd: i32): void {
  const at = out + tri(i) + (<usize>j << 2);
  if (j <= i) store<f32>(at, a);
  if (j + 1 <= i && j + 1 < jEnd) store<f32>(at + 4, b);
}

/** Least (into out[0]) and greatest (out[1]) of `count` floats. */
export function extent(a: usize, count: i32, out: usize): void {
  let lo = f32x4.splat(Infinity), hi = f32x4.splat(-Infinity);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const v = v128.load(a + (<usize>i << 2));
    lo = f32x4.pmin(lo, v);
    hi = f32x4.pmax(hi, v);
  }
  let l: f32 = min(min(f32x4.extract_lane(lo, 0), f32x4.extract_lane(lo, 1)), min(f32x4.extract_lane(lo, 2), f32x4.extract_lane(lo, 3)));
  let h: f32 = max(max(f32x4.extract_lane(hi, 0), f32x4.extract_lane(hi, 1)), max(f32x4.extract_lane(hi, 2), f32x4.extract_lane(hi, 3)));
  for (; i < count; i++) { const v = load<f32>(a + (<usize>i << 2)); l = min(l, v); h = max(h, v); }
  store<f32>(out, l);
  store<f32>(out + 4, h);
}

/** a <- ((a - lo) / (hi - lo)) ^ alpha in place; whole exponents by repeated squaring. */
export function affinityPower(a: usize, count: i32, lo: f32, hi: f32, alpha: f64): void {
  const range: f32 = hi - lo;
  const whole = alpha == Math.floor(alpha);
  if (!whole) {
    for (let i = 0; i < count; i++) {
      const p = a + (<usize>i << 2);
      store<f32>(p, <f32>Math.pow(<f64>((load<f32>(p) - lo) / range), alpha));
    }
    return;
  }
  const l = f32x4.splat(lo), r = f32x4.splat(range), one = f32x4.splat(1);
  const exponent = <i32>alpha;
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const p = a + (<usize>i << 2);
    let base = f32x4.div(f32x4.sub(v128.load(p), l), r);
    let out = one;
    for (let e = exponent; ;) {
      if (e & 1) out = f32x4.mul(out, base);
      e >>= 1;
      if (e == 0) break;
      base = f32x4.mul(base, base);
    }
    v128.store(p, out);
  }
  for (; i < count; i++) {
    const p = a + (<usize>i << 2);
    let base: f32 = (load<f32>(p) - lo) / range;
    let out: f32 = 1;
    for (let e = exponent; ;) {
      if (e & 1) out *= base;
      e >>= 1;
      if (e == 0) break;
      base *= base;
    }
    store<f32>(p, out);
  }
}

/** mark[i] = 1 for every token with an exact 0 in its row of the whole matrix. */
export function markZeros(a: usize, n: i32, mark: usize): void {
  for (let i = 0; i < n; i++) store<u8>(mark + i, 0);
  const zero = f32x4.splat(0);
  for (let i = 0; i < n; i++) {
    const row = a + tri(i);
    for (let j = 0; j <= i; j += 4) {
      if (j + 4 <= i + 1 && !v128.any_true(f32x4.eq(v128.load(row + (<usize>j << 2)), zero))) continue;
      for (let k = j; k < min(j + 4, i + 1); k++) {
        if (load<f32>(row + (<usize>k << 2)) == 0) { store<u8>(mark + i, 1); store<u8>(mark + k, 1); }
      }
    }
  }
}

/** Lower triangle of the sub-matrix of the m ascending indices `idx`. */
export function gather(a: usize, idx: usize, m: i32, out: usize): void {
  for (let i = 0; i < m; i++) {
    const row = a + tri(load<i32>(idx + (<usize>i << 2)));
    const to = out + tri(i);
    for (let j = 0; j <= i; j++) store<f32>(to + (<usize>j << 2), load<f32>(row + (<usize>load<i32>(idx + (<usize>j << 2)) << 2)));
  }
}

/**
 * y = A x for a packed lower triangle; x in float32, y in float64. Each stored number is read once
 * and used for both of its places. `band` holds n floats: sums of 128 rows, so that float32 keeps up.
 */
export function symv(a: usize, n: i32, x: usize, y: usize, band: usize): void {
  for (let i = 0; i < n; i++) { store<f64>(y + (<usize>i << 3), 0); store<f32>(band + (<usize>i << 2), 0); }
  for (let top = 0; top < n; top += 128) {
    const end = min(n, top + 128);
    let i = top;
    for (; i + 4 <= end; i += 4) rows4(a, i, x, y, band);
    for (; i < end; i++) row1(a, i, x, y, band);
    for (let j = 0; j < end; j++) {
      const b = band + (<usize>j << 2);
      store<f64>(y + (<usize>j << 3), load<f64>(y + (<usize>j << 3)) + <f64>load<f32>(b));
      store<f32>(b, 0);
    }
  }
}

// @ts-ignore: decorator
@inline function row1(a: usize, i: i32, x: usize, y: usize, band: usize): void {
  const row = a + tri(i);
  const xi = load<f32>(x + (<usize>i << 2));
  let sum: f64 = 0;
  for (let j = 0; j < i; j++) {
    const o = <usize>j << 2;
    const v = load<f32>(row + o);
    sum += <f64>(v * load<f32>(x + o));
    store<f32>(band + o, load<f32>(band + o) + v * xi);
  }
  sum += <f64>(load<f32>(row + (<usize>i << 2)) * xi);
  store<f64>(y + (<usize>i << 3), load<f64>(y + (<usize>i << 3)) + sum);
}

// Rows i..i+3: columns 0..i-1 (i is a multiple of 4) four at a time, then the 4 x 4 corner.
// @ts-ignore: decorator
@inline function rows4(a: usize, i: i32, x: usize, y: usize, band: usize): void {
  const r0 = a + tri(i), r1 = a + tri(i + 1), r2 = a + tri(i + 2), r3 = a + tri(i + 3);
  const at = <usize>i << 2;
  const x0 = v128.load32_splat(x + at), x1 = v128.load32_splat(x + at, 4), x2 = v128.load32_splat(x + at, 8), x3 = v128.load32_splat(x + at, 12);
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (let o: usize = 0; o < at; o += 16) {
    const xv = v128.load(x + o);
    const a0 = v128.load(r0 + o), a1 = v128.load(r1 + o), a2 = v128.load(r2 + o), a3 = v128.load(r3 + o);
    s0 = f32x4.add(s0, f32x4.mul(a0, xv));
    s1 = f32x4.add(s1, f32x4.mul(a1, xv));
    s2 = f32x4.add(s2, f32x4.mul(a2, xv));
    s3 = f32x4.add(s3, f32x4.mul(a3, xv));
    const both = f32x4.add(f32x4.add(f32x4.mul(a0, x0), f32x4.mul(a1, x1)), f32x4.add(f32x4.mul(a2, x2), f32x4.mul(a3, x3)));
    v128.store(band + o, f32x4.add(v128.load(band + o), both));
  }
  corner(r0, i, 1, x, y, band, sum4(s0));
  corner(r1, i, 2, x, y, band, sum4(s1));
  corner(r2, i, 3, x, y, band, sum4(s2));
  corner(r3, i, 4, x, y, band, sum4(s3));
}

// @ts-ignore: decorator
@inline function corner(row: usize, i: i32, width: i32, x: usize, y: usize, band: usize, sum: f32): void {
  const self = i + width - 1;
  const xi = load<f32>(x + (<usize>self << 2));
  let total = <f64>sum;
  for (let j = i; j <= self; j++) {
    const o = <usize>j << 2;
    const v = load<f32>(row + o);
    total += <f64>(v * load<f32>(x + o));
    if (j < self) store<f32>(band + o, load<f32>(band + o) + v * xi);
  }
  store<f64>(y + (<usize>self << 3), load<f64>(y + (<usize>self << 3)) + total);
}

/**
 * sums[p * bins + q] = sum of A[i][j] over tokens i of bin p and j of bin q, j <= i.
 * `row` holds `bins` float64. One pass serves all thresholds of a bipartition.
 */
export function binSums(a: usize, n: i32, bin: usize, bins: i32, sums: usize, row: usize): void {
  memory.fill(sums, 0, (<usize>bins * bins) << 3);
  for (let i = 0; i < n; i++) {
    memory.fill(row, 0, <usize>bins << 3);
    const from = a + tri(i);
    for (let j = 0; j <= i; j++) {
      const p = row + (<usize>load<u8>(bin + j) << 3);
      store<f64>(p, load<f64>(p) + <f64>load<f32>(from + (<usize>j << 2)));
    }
    const to = sums + ((<usize>load<u8>(bin + i) * bins) << 3);
    for (let q = 0; q < bins; q++) {
      const o = <usize>q << 3;
      store<f64>(to + o, load<f64>(to + o) + load<f64>(row + o));
    }
  }
}

/** out[s][i] = sum over j of a[i][j] q[s][j]: n rows of `stride` floats (a multiple of 4, zero-filled), k planes of `stride`. */
export function matmul(a: usize, n: i32, stride: i32, q: usize, k: i32, out: usize): void {
  const row = <usize>stride << 2;
  for (let i = 0; i < n; i++) {
    const from = a + <usize>i * row;
    let s = 0;
    for (; s + 4 <= k; s += 4) {
      const q0 = q + <usize>s * row, q1 = q0 + row, q2 = q1 + row, q3 = q2 + row;
      let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
      for (let o: usize = 0; o < row; o += 16) {
        const v = v128.load(from + o);
        s0 = f32x4.add(s0, f32x4.mul(v, v128.load(q0 + o)));
        s1 = f32x4.add(s1, f32x4.mul(v, v128.load(q1 + o)));
        s2 = f32x4.add(s2, f32x4.mul(v, v128.load(q2 + o)));
        s3 = f32x4.add(s3, f32x4.mul(v, v128.load(q3 + o)));
      }
      const to = out + <usize>s * row + (<usize>i << 2);
      store<f32>(to, sum4(s0));
      store<f32>(to + row, sum4(s1));
      store<f32>(to + 2 * row, sum4(s2));
      store<f32>(to + 3 * row, sum4(s3));
    }
    for (; s < k; s++) {
      let sum = f32x4.splat(0);
      for (let o: usize = 0; o < row; o += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(from + o), v128.load(q + <usize>s * row + o)));
      store<f32>(out + <usize>s * row + (<usize>i << 2), sum4(sum));
    }
  }
}
