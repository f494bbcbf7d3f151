// Separable Gaussian of one plane, edges mirrored (d c b a | a b c d). Pointers are byte offsets into the memory.

/** `i` folded back into 0..n-1. */
// @ts-ignore: decorator
@inline function mirrored(i: i32, n: i32): i32 {
  const at = ((i % (2 * n)) + 2 * n) % (2 * n);
  return at < n ? at : 2 * n - 1 - at;
}

/**
 * Down the columns into one line, then along it, a row at a time.
 * @param weights of the centre and of each distance up to `radius`
 * @param line scratch of width + 2 * radius floats
 */
export function blur(src: usize, out: usize, width: i32, height: i32, weights: usize, radius: i32, line: usize): void {
  const row = (<usize>width) << 2;
  const whole = width & ~3;
  const inner = line + ((<usize>radius) << 2);
  const w0 = load<f32>(weights);
  for (let y = 0; y < height; y++) {
    const centre = src + <usize>y * row;
    for (let x = 0; x < whole; x += 4) v128.store(inner + ((<usize>x) << 2), f32x4.mul(f32x4.splat(w0), v128.load(centre + ((<usize>x) << 2))));
    for (let x = whole; x < width; x++) store<f32>(inner + ((<usize>x) << 2), w0 * load<f32>(centre + ((<usize>x) << 2)));
    for (let k = 1; k <= radius; k++) {
      const above = src + <usize>mirrored(y - k, height) * row, below = src + <usize>mirrored(y + k, height) * row;
      const weight = load<f32>(weights + ((<usize>k) << 2));
      const w = f32x4.splat(weight);
      for (let x = 0; x < whole; x += 4) {
        const at = (<usize>x) << 2;
        v128.store(inner + at, f32x4.add(v128.load(inner + at), f32x4.mul(w, f32x4.add(v128.load(above + at), v128.load(below + at)))));
      }
      for (let x = whole; x < width; x++) {
        const at = (<usize>x) << 2;
        store<f32>(inner + at, load<f32>(inner + at) + weight * (load<f32>(above + at) + load<f32>(below + at)));
      }
    }
    for (let k = 1; k <= radius; k++) {
      store<f32>(inner - ((<usize>k) << 2), load<f32>(inner + ((<usize>mirrored(-k, width)) << 2)));
      store<f32>(inner + ((<usize>(width - 1 + k)) << 2), load<f32>(inner + ((<usize>mirrored(width - 1 + k, width)) << 2)));
    }
    const to = out + <usize>y * row;
    for (let x = 0; x < whole; x += 4) {
      const at = inner + ((<usize>x) << 2);
      let sum = f32x4.mul(f32x4.splat(w0), v128.load(at));
      for (let k = 1; k <= radius; k++) {
        const by = (<usize>k) << 2;
        sum = f32x4.add(sum, f32x4.mul(f32x4.splat(load<f32>(weights + by)), f32x4.add(v128.load(at - by), v128.load(at + by))));
      }
      v128.store(to + ((<usize>x) << 2), sum);
    }
    for (let x = whole; x < width; x++) {
      const at = inner + ((<usize>x) << 2);
      let sum = w0 * load<f32>(at);
      for (let k = 1; k <= radius; k++) {
        const by = (<usize>k) << 2;
        sum += load<f32>(weights + by) * (load<f32>(at - by) + load<f32>(at + by));
      }
      store<f32>(to + ((<usize>x) << 2), sum);
    }
  }
}
