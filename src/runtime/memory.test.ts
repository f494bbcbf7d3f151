import { describe, expect, it } from 'vitest';
import { folderOf } from '../../test/pipelines.ts';
import { compileUnet } from '../compile/nets/unet.ts';
import { compileTinyVae, compileVae } from '../compile/nets/vae.ts';
import { folderFiles } from '../files/source-node.ts';
import { folderPipeline, openTiny } from '../weights/pipeline.ts';
import { checkMemory, estimateMemory } from './memory.ts';

const graphsOf = async (kind: string) => {
  const pipeline = folderPipeline(folderFiles(folderOf(kind)));
  const tiny = await openTiny(folderFiles(folderOf('taesdxl')));
  return {
    unet: compileUnet(await pipeline.weights('unet'), (await pipeline.config('unet')) ?? {}, 'float32').graph,
    vae: compileVae(await pipeline.weights('vae'), (await pipeline.config('vae')) ?? {}, 'float32').graph,
    tiny: compileTinyVae(tiny.weights, tiny.config).graph,
  };
};

describe('the estimate of memory', () => {
  it('grows with the picture, in proportion above what does not depend on it', async () => {
    const graphs = await graphsOf('ssd');
    const at = (side: number): number => estimateMemory([graphs.unet, graphs.vae], [side, side]);
    expect(at(1024)).toBeGreaterThan(at(512));
    expect((at(1024) - at(512)) / (at(512) - at(256))).toBeCloseTo(4, 6);
    expect(estimateMemory([graphs.unet, graphs.vae], [2048, 512])).toBe(at(1024));
  });

  it('holds the weights', async () => {
    const { unet, vae } = await graphsOf('sd1');
    const [first] = unet.weights;
    const gigabyte = { ...first, dims: [1], tensor: { ...first.tensor, start: 0, end: 1e9 } };
    const more = { ...unet, weights: [...unet.weights, gigabyte] };
    expect(estimateMemory([more, vae], [64, 64]) - estimateMemory([unet, vae], [64, 64])).toBeGreaterThanOrEqual(1e9);
  });

  it('is less with the tiny VAE', async () => {
    const { unet, vae, tiny } = await graphsOf('ssd');
    // The golden's VAE has a quarter of the tiny one's channels, the published ones twice as many: so a picture of either.
    const wide = { ...vae, weights: vae.weights.map((w) => (w.dims.length === 4 ? { ...w, dims: [128, ...w.dims.slice(1)] } : w)) };
    expect(estimateMemory([unet, tiny], [1024, 1024])).toBeLessThan(estimateMemory([unet, wide], [1024, 1024]));
  });
});

describe('too little memory', () => {
  it('is refused with both numbers and what takes less', () => {
    const message = /^ssd-1b needs about 3\.4 GB of memory at this size and 2\.0 GB are free: take a smaller --size, --vae tiny, or a smaller model$/;
    expect(() => checkMemory('ssd-1b', 3.4e9, 2e9, 'a smaller --size, --vae tiny, or a smaller model')).toThrow(message);
  });

  it('is none where there is as much as needed', () => {
    expect(() => checkMemory('ssd-1b', 2e9, 2e9, 'less')).not.toThrow();
  });
});
