/**
 * LZW as TIFF has it (TIFF 6.0, section 13), in the place of geotiff.js's own decoder: a code that is not in the table leads that
 * one in circles until the process dies, and nothing bounds what it makes.
 */
const CLEAR = 256;
const END = 257;
const FIRST = 258;
/** Codes have 9 to 12 bits. */
const MOST_CODES = 4096;

/**
 * @param most bytes that are wanted: what comes after them is left out
 * @throws Error for a code that is not in the table
 */
export const unpackLzw = (packed: Uint8Array, most: number): Uint8Array => {
  const [before, letter, length] = [new Uint16Array(MOST_CODES), new Uint8Array(MOST_CODES), new Uint16Array(MOST_CODES)];
  for (let code = 0; code < CLEAR; code++) {
    letter[code] = code;
    length[code] = 1;
  }
  let out = new Uint8Array(Math.min(most, 4 * packed.length + 64));
  let [size, next, width, last, held, bits] = [0, FIRST, 9, -1, 0, 0];
  for (let i = 0; i < packed.length && size < most; i++) {
    held = ((held << 8) | packed[i]) & 0xfffff;
    bits += 8;
    if (bits < width) continue;
    bits -= width;
    const code = (held >> bits) & ((1 << width) - 1);
    if (code === END) break;
    if (code === CLEAR) {
      [next, width, last] = [FIRST, 9, -1];
      continue;
    }
    const isNew = code === next && last >= 0 && next < MOST_CODES; // the word before, and its first letter again
    if (!isNew && code >= (last < 0 ? CLEAR : next)) throw new Error(`LZW code ${code} is not in the table`);
    const from = isNew ? last : code;
    const end = size + length[from] + (isNew ? 1 : 0);
    if (end > out.length) {
      const larger = new Uint8Array(Math.max(end, 2 * out.length));
      larger.set(out);
      out = larger;
    }
    for (let at = size + length[from] - 1, word = from; at >= size; at--) {
      out[at] = letter[word];
      word = before[word];
    }
    if (isNew) out[end - 1] = out[size];
    if (last >= 0 && next < MOST_CODES) {
      before[next] = last;
      letter[next] = out[size];
      length[next] = length[last] + 1;
      next++;
    }
    if (next + 1 >= 1 << width && width < 12) width++;
    last = code;
    size = end;
  }
  return out.subarray(0, Math.min(size, most));
};
