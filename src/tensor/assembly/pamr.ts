// Kernels of pixel-adaptive mask refinement. Planes are padded by `pad` on every side with their edge
// pixels repeated, rows are `stride` floats; pointers name the first pixel inside the padding. Pixels go
// four at a time: rows are worked in whole groups, `groups` a row.

// @ts-ignore: decorator
@inline function lanesMax(a: v128, b: v128): v128 { return f32x4.pmax(a, b); }

/** e^x for x <= 0: 2^k by the exponent bits, the rest by a polynomial of degree 6 (Cephes' coefficients). */
// @ts-ignore: decorator
@inline function exp4(x: v128): v128 {
  const v = f32x4.max(x, f32x4.splat(-87));
  const k = f32x4.nearest(f32x4.mul(v, f32x4.splat(1.44269504088896341)));
  let r = f32x4.sub(v, f32x4.mul(k, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(k, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(r, r), p), r), f32x4.splat(1));
  return f32x4.mul(p, i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(k), i32x4.splat(127)), 23));
}

/**
 * Softmax weights of all neighbours of `rows` rows: [row][group][neighbour][4 pixels].
 * @param image three padded planes, 0..1, `plane` bytes apart
 * @param offsets of the neighbours, bytes; `count` of them, 8 a dilation
 * @param scratch count x 16 bytes
 */
export function pamrWeights(image: usize, plane: i32, stride: i32, groups: i32, rows: i32, offsets: usize, count: i32, weights: usize, scratch: usize): void {
  const values: f32 = <f32>(count + (count >> 3)); // the centre counts once a dilation
  const third = f32x4.splat(1.0 / 3.0), zero = f32x4.splat(0);
  for (let y = 0; y < rows; y++) {
    for (let g = 0; g < groups; g++) {
      const at = image + ((<usize>y * stride + (<usize>g << 2)) << 2);
      for (let q = 0; q < count; q++) v128.store(scratch + (<usize>q << 4), zero);
      for (let c = 0; c < 3; c++) {
        const p = at + <usize>c * plane;
        const centre = v128.load(p);
        let sum = zero, squares = zero;
        for (let q = 0; q < count; q++) {
          const d = f32x4.sub(v128.load(p + load<i32>(offsets + (<usize>q << 2))), centre);
          sum = f32x4.add(sum, d);
          squares = f32x4.add(squares, f32x4.mul(d, d));
        }
        const spread = f32x4.sub(squares, f32x4.div(f32x4.mul(sum, sum), f32x4.splat(values)));
        const deviation = f32x4.sqrt(f32x4.max(f32x4.div(spread, f32x4.splat(values - 1)), zero));
        const scale = f32x4.div(f32x4.splat(-1), f32x4.add(f32x4.splat(1e-8), f32x4.mul(f32x4.splat(0.1), deviation)));
        for (let q = 0; q < count; q++) {
          const s = scratch + (<usize>q << 4);
          const d = f32x4.abs(f32x4.sub(v128.load(p + load<i32>(offsets + (<usize>q << 2))), centre));
          v128.store(s, f32x4.add(v128.load(s), f32x4.mul(d, scale)));
        }
      }
      let top = f32x4.splat(-Infinity);
      for (let q = 0; q < count; q++) {
        const s = scratch + (<usize>q << 4);
        const a = f32x4.mul(v128.load(s), third);
        v128.store(s, a);
        top = lanesMax(top, a);
      }
      let total = zero;
      for (let q = 0; q < count; q++) {
        const s = scratch + (<usize>q << 4);
        const e = exp4(f32x4.sub(v128.load(s), top));
        v128.store(s, e);
        total = f32x4.add(total, e);
      }
      const inverse = f32x4.div(f32x4.splat(1), total);
      const to = weights + (<usize>(y * groups + g) * count << 4);
      for (let q = 0; q < count; q++) v128.store(to + (<usize>q << 4), f32x4.mul(v128.load(scratch + (<usize>q << 4)), inverse));
    }
  }
}

/** One round for `rows` rows of `planes` masks, `plane` bytes apart: out = sum over neighbours of weight x mask. */
export function pamrStep(masks: usize, out: usize, planes: i32, plane: i32, stride: i32, groups: i32, rows: i32, offsets: usize, count: i32, weights: usize): void {
  for (let y = 0; y < rows; y++) {
    for (let g = 0; g < groups; g++) {
      const at = (<usize>y * stride + (<usize>g << 2)) << 2;
      const w = weights + (<usize>(y * groups + g) * count << 4);
      let k = 0;
      for (; k + 8 <= planes; k += 8) step8(masks + <usize>k * plane + at, out + <usize>k * plane + at, plane, offsets, count, w);
      for (; k + 4 <= planes; k += 4) step4(masks + <usize>k * plane + at, out + <usize>k * plane + at, plane, offsets, count, w);
      for (; k < planes; k++) step1(masks + <usize>k * plane + at, out + <usize>k * plane + at, offsets, count, w);
    }
  }
}

// @ts-ignore: decorator
@inline function mad(sum: v128, w: v128, p: usize): v128 { return f32x4.add(sum, f32x4.mul(w, v128.load(p))); }

function step8(m: usize, o: usize, plane: usize, offsets: usize, count: i32, weights: usize): void {
  let a = f32x4.splat(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  for (let q = 0; q < count; q++) {
    const w = v128.load(weights + (<usize>q << 4));
    let p = m + load<i32>(offsets + (<usize>q << 2));
    a = mad(a, w, p); p += plane;
    b = mad(b, w, p); p += plane;
    c = mad(c, w, p); p += plane;
    d = mad(d, w, p); p += plane;
    e = mad(e, w, p); p += plane;
    f = mad(f, w, p); p += plane;
    g = mad(g, w, p); p += plane;
    h = mad(h, w, p);
  }
  v128.store(o, a); o += plane;
  v128.store(o, b); o += plane;
  v128.store(o, c); o += plane;
  v128.store(o, d); o += plane;
  v128.store(o, e); o += plane;
  v128.store(o, f); o += plane;
  v128.store(o, g); o += plane;
  v128.store(o, h);
}

function step4(m: usize, o: usize, plane: usize, offsets: usize, count: i32, weights: usize): void {
  let a = f32x4.splat(0), b = a, c = a, d = a;
  for (let q = 0; q < count; q++) {
    const w = v128.load(weights + (<usize>q << 4));
    let p = m + load<i32>(offsets + (<usize>q << 2));
    a = mad(a, w, p); p += plane;
    b = mad(b, w, p); p += plane;
    c = mad(c, w, p); p += plane;
    d = mad(d, w, p);
  }
  v128.store(o, a); o += plane;
  v128.store(o, b); o += plane;
  v128.store(o, c); o += plane;
  v128.store(o, d);
}

function step1(m: usize, o: usize, offsets: usize, count: i32, weights: usize): void {
  let a = f32x4.splat(0);
  for (let q = 0; q < count; q++) a = mad(a, v128.load(weights + (<usize>q << 4)), m + load<i32>(offsets + (<usize>q << 2)));
  v128.store(o, a);
}
