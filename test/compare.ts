/** How far two arrays of features are apart. Runs in a page as well. */

/** |a - b| / |b|. */
export const relativeError = (a: Float32Array, b: Float32Array): number => {
  if (a.length !== b.length) throw new Error(`${a.length} values beside ${b.length}`);
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    size += b[i] ** 2;
  }
  return Math.sqrt(difference / size);
};

/** Tokens with the mean over all of them taken off: what random networks share hides their errors. */
export const centred = (data: Float32Array, channels: number): Float32Array => {
  const count = data.length / channels;
  const mean = new Float64Array(channels);
  for (let i = 0; i < data.length; i++) mean[i % channels] += data[i] / count;
  return data.map((value, i) => value - mean[i % channels]);
};
