/** Features of 12 x 12 tokens in three stripes, with some noise. */
export const stripes = () => {
  const [width, height, channels] = [12, 12, 8];
  const data = new Float32Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    const stripe = Math.floor((i % width) / 4);
    for (let c = 0; c < channels; c++) data[i * channels + c] = (c % 3 === stripe ? 1 : 0) + 0.2 * Math.sin(7 * i + 3 * c);
  }
  return { data, width, height, channels };
};
