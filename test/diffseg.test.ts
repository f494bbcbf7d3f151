/** DiffSeg from a picture to its segments, and what does not go together with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyse, assign, cut, draw, nodesAt, openEncoder, type SegmentOptions, segment } from '../src/index.ts';
import { agreement, sameShare } from './goldens.ts';
import { folderOf, pictureOf } from './pipelines.ts';

const cache = mkdtempSync(join(tmpdir(), 'diffcut-diffseg-'));
beforeAll(() => {
  process.env.DIFFCUT_CACHE = cache;
});
afterAll(() => rmSync(cache, { recursive: true, force: true }));

const SD1 = { encoder: folderOf('sd1'), device: 'cpu', threads: 1 } as const;
const PICTURE = pictureOf('sd1', '192x128');

describe('segment by diffseg', () => {
  it('asks the encoder for its attention, of the whole picture in a square', async () => {
    const { labels, features, options, segments } = await segment(PICTURE, { ...SD1, solver: 'diffseg', threshold: 0.15, size: 128, refine: 'none' });
    expect([features.width, features.height, features.channels]).toEqual([16, 16, 256]);
    expect(features.origin).toMatchObject({ size: [128, 128], settings: { tap: 'attention', timestep: 300 } });
    expect(options).toMatchObject({ solver: 'diffseg', price: 0, tau: null, alpha: null });
    expect([labels.width, labels.height]).toEqual([192, 128]);
    expect(segments.length).toBeGreaterThan(1);
  });

  it('is what its own options choose', async () => {
    const encoder = await openEncoder(SD1.encoder, { device: 'cpu', threads: 1, size: 128, tap: 'attention' });
    try {
      const fine = await segment(PICTURE, { encoder, threshold: 0.12, refine: 'none' });
      const coarse = await segment(PICTURE, { encoder, threshold: 5, refine: 'none' });
      expect(fine.options.solver).toBe('diffseg');
      expect([fine.segments.length > 1, coarse.segments.length]).toEqual([true, 1]);
    } finally {
      await encoder.dispose();
    }
  });

  it('is drawn by its maps, whichever way, at a granularity of its own and by nodes', async () => {
    const analysis = await analyse(PICTURE, { ...SD1, solver: 'diffseg', threshold: 0.15, size: 128 });
    const { tree, features } = analysis;
    const { scores: _, ...bare } = tree;
    const maps = await assign(await cut(tree, features, { price: 0 }), features, { width: 192, height: 128, tree });
    expect((await draw(analysis, {}, { refine: 'none' })).data).toEqual(maps.data);
    const nodes = nodesAt(tree, { price: 0 });
    expect(agreement(await draw(analysis, { nodes }, { refine: 'none' }), maps)).toBe(1);
    for (const refine of ['none', 'pamr', 'vote', 'crf', 'edges'] as const) {
      const byMaps = await draw(analysis, {}, { refine });
      const byFeatures = await draw({ ...analysis, tree: bare }, {}, { refine });
      expect(sameShare(byMaps, byFeatures), refine).toBeLessThan(0.9);
    }
  });

  it.each<[SegmentOptions, RegExp]>([
    [{ solver: 'diffseg' }, /^The encoder embedded has no tap attention, which the solver diffseg looks at: sd-1\.4/],
    [
      { ...SD1, solver: 'diffseg', tap: 'tokens' },
      /^Both the solver diffseg and the tap tokens were given, and it looks at attention: leave one out$/,
    ],
    [{ ...SD1, solver: 'diffseg', tau: 0.5 }, /^Both the solver diffseg and tau were given, and tau is of the solver ncut: leave one out$/],
    [{ ...SD1, alpha: 3, threshold: 1 }, /^Both alpha and threshold were given, and threshold is of the solver diffseg: leave one out$/],
    [
      { solver: 'diffseg', features: { data: new Float32Array(8), width: 2, height: 2, channels: 2 } },
      /expected 4 channels for 2 x 2 tokens but received 2$/,
    ],
    [
      { solver: 'diffseg', features: { data: new Float32Array(16).fill(-1), width: 2, height: 2, channels: 4 } },
      /expected numbers of 0 and up but received -/,
    ],
  ])('%j is refused in a sentence', async (options, sentence) => {
    await expect(segment(PICTURE, options)).rejects.toThrow(sentence);
  });

  it('refuses an encoder that was opened for something else, before it encodes', async () => {
    const encoder = await openEncoder('embedded');
    await expect(segment(PICTURE, { encoder, solver: 'diffseg' })).rejects.toThrow(
      /^The solver diffseg looks at the tap attention, and the encoder embedded was opened/,
    );
    await encoder.dispose();
  });
});
