/** Labels told apart by a number. */

/** Two labellings that differ have, all but surely, different numbers. */
export const hashOf = (data: Int32Array): number => {
  let [low, high] = [1, data.length];
  for (let i = 0; i < data.length; i++) {
    low = Math.imul(low ^ data[i], 0x01000193);
    high = Math.imul(high ^ low, 0x5bd1e995) ^ (high >>> 13);
  }
  return (high >>> 0) * 2 ** 21 + (low >>> 11);
};
