import { describe, expect, it } from 'vitest';
import { folderOf, relativeError } from '../../../test/pipelines.ts';
import { runGraph } from '../../../test/run-graph.ts';
import { folderFiles } from '../../files/source-node.ts';
import { openTiny } from '../../weights/pipeline.ts';
import { type Weights, weightsOf } from '../../weights/weights.ts';
import { compileTinyVae } from './vae.ts';

/** Layers of a network of 3 and 1 blocks -> those of the golden's file, which has 1, 3, 3 and 3. */
const LAYERS: Record<number, number> = { 0: 0, 1: 3, 2: 4, 3: 5, 4: 2, 5: 7, 6: 14 };

const deeper = (weights: Weights): Weights =>
  weightsOf(
    Object.entries(LAYERS).flatMap(([layer, from]) =>
      weights
        .at(`encoder.layers.${from}`)
        .names()
        .map((name) => {
          const full = `encoder.layers.${from}.${name}`;
          return [`encoder.layers.${layer}.${name}`, weights.take(full, weights.shapeOf(full) ?? [])] as const;
        }),
    ),
  );

const WIDTH = 64;
/** Rows of one and the same picture, from the top. */
const planes = (height: number): Float32Array =>
  Float32Array.from({ length: 3 * WIDTH * height }, (_, i) => Math.sin(0.7 * (i % (WIDTH * height)) + 3 * Math.floor(i / (WIDTH * height))));

describe('the tiny VAE in bands', () => {
  it('is right where blocks reach further than a band of the smallest height', async () => {
    const { weights } = await openTiny(folderFiles(folderOf('taesdxl')));
    const { graph } = compileTinyVae(deeper(weights), { encoder_block_out_channels: [8, 8], num_encoder_blocks: [3, 1] });
    const run = async (height: number) => {
      const { latents } = await runGraph(graph, { picture: { data: planes(height), dims: [1, 3, height, WIDTH] } });
      return { data: latents.data, rows: latents.dims[2] };
    };
    const [low, high] = [await run(64), await run(512)];
    expect([low.rows, high.rows]).toEqual([32, 256]);
    // All but the rows that the lower edge of the low picture shows in.
    const same = 20 * (WIDTH / 2);
    for (let c = 0; c < 4; c++) {
      const [a, b] = [low, high].map(({ data, rows }) => data.subarray(c * rows * (WIDTH / 2), c * rows * (WIDTH / 2) + same));
      expect(relativeError(a, b)).toBeLessThan(1e-5);
    }
  });
});
