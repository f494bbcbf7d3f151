/**
 * Weights of no meaning and of a plain size, the same each time, and no two tensors alike: onnxruntime keeps equal ones
 * once, which would flatter the memory of a network of equal blocks.
 */

export const countOf = (shape) => shape.reduce((a, b) => a * b, 1);

/** Normal numbers of the deviation that keeps activations at their size, from a table; norms near 1, biases near 0. */
export function randomBytes(name, { dtype, shape }, floatsToHalves) {
  const count = countOf(shape);
  const deviation = shape.length > 1 ? Math.sqrt(shape[0] / count) : 0.02;
  const mean = shape.length === 1 && name.endsWith('weight') ? 1 : 0;
  let state = 12_345;
  for (const letter of name) state = (Math.imul(state, 31) + letter.charCodeAt(0)) >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  const uniform = () => (next() + 0.5) / 2 ** 32;
  const table = Float32Array.from({ length: 4096 }, () => mean + deviation * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
  const values = dtype === 'F16' ? floatsToHalves(table) : table;
  const out = dtype === 'F16' ? new Uint16Array(count) : new Float32Array(count);
  for (let i = 0; i < count; i++) out[i] = values[next() >>> 20];
  return new Uint8Array(out.buffer);
}
