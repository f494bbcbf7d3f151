/**
 * Every stage after the encoder at its size, on made-up input: features of 73 x 73 x 384, pictures of 12 megapixels. What
 * gaps.mjs times, and test/breathing.test.ts counts the looks of.
 */
const GRID = { width: 73, height: 73, channels: 384 };
const SIZE = { width: 4000, height: 3000 };

const random = (seed) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

/** 16 x 16 blocks of tokens alike, and of pixels of one colour with noise over them. */
const blockOf = (x, y, { width, height }) => Math.floor((16 * y) / height) * 16 + Math.floor((16 * x) / width);

const features = () => {
  const next = random(1);
  const { width, height, channels } = GRID;
  const means = Float32Array.from({ length: 256 * channels }, () => next() - 0.3);
  const data = new Float32Array(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const token = Math.floor(i / channels);
    const block = blockOf(token % width, Math.floor(token / width), GRID);
    const ofHalf = (block >> 7) * channels + (i % channels); // blocks of a half are more alike: eigenvalues that lie apart
    data[i] = means[ofHalf] + 0.3 * means[block * channels + (i % channels)] + 0.3 * next();
  }
  return { ...GRID, data };
};

const picture = (size) => {
  const next = random(2);
  const data = new Uint8Array(size.width * size.height * 3);
  for (let i = 0; i < data.length; i++)
    data[i] = 128 * next() + ((53 * blockOf(Math.floor(i / 3) % size.width, Math.floor(i / 3 / size.width), size)) % 128);
  return { ...size, data };
};

/** Blocks with frayed borders, and specks. */
const labelMap = ({ width, height }) => {
  const next = random(3);
  const reach = width / 40;
  const data = new Int32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const wave = reach * Math.sin(y / 9) + reach * Math.sin(x / 50);
      data[i] =
        next() < 1e-4 ? 7 : blockOf(Math.min(width - 1, Math.max(0, x + wave)), Math.min(height - 1, Math.max(0, y + wave)), { width, height });
    }
  }
  return { width, height, data };
};

/**
 * @param lib the functions, of src/ or dist/
 * @param size of the picture, in pixels
 * @returns rows of [name, work]; work takes a watch
 */
export const stagesOf = async (lib, size = SIZE) => {
  const tokens = features();
  const image = picture(size);
  const coarse = labelMap(GRID);
  const full = labelMap(size);
  const graph = await lib.regionGraph(image, tokens);
  const contours = await lib.withContours(graph, tokens);
  const tree = await lib.mergeRegions(graph, tokens);
  const merged = await lib.cut(tree, tokens, { price: 0.0005 });
  const few = { ...full, data: full.data.map((id) => id % 4) };
  return [
    ['partition', (watch) => lib.partition(tokens, { tau: 0.5, ...watch })],
    ['regions', (watch) => lib.regionGraph(image, tokens, watch)],
    ['contours', (watch) => lib.withContours(graph, tokens, watch)],
    ['merge', (watch) => lib.mergeRegions(graph, tokens, watch)],
    ['cut', (watch) => lib.cut(tree, tokens, { price: 0, join: 0.05 }, watch)],
    ['draw tokens', (watch) => lib.drawTokens.edges(coarse, tokens, image, watch, async () => contours)],
    ['vote', (watch) => lib.drawTokens.vote(coarse, tokens, image, watch, async () => contours)],
    ['draw regions', (watch) => lib.drawRegions.edges(merged, image, watch, async () => graph)],
    ['refine', (watch) => lib.refine(few, image, { iterations: 2, dilations: [1, 4], ...watch })],
    ['assign', (watch) => lib.assign(coarse, tokens, { ...size, ...watch })],
    ['split', async (watch) => lib.mergeSmall(await lib.splitComponents(full, watch), 1000, watch)],
    ['describe', (watch) => lib.describe(full, image, watch)],
    ['overlay', (watch) => lib.drawOverlay(image, full, watch)],
    ['rle', (watch) => lib.encodeAllRles(full, watch)],
    ['label PNG', (watch) => lib.encodeIndexedPng(full, lib.segmentPalette(256), watch)],
  ];
};
