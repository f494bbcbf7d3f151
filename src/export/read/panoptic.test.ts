/** Panoptic files of others, and what is none. */
import { describe, expect, it } from 'vitest';
import { writePng } from '../png.ts';
import { labelsFromPanoptic } from './panoptic.ts';

const pngOf = (ids: number[], width: number, colour: 'rgb' | 'rgba' = 'rgb') => {
  const channels = colour === 'rgb' ? 3 : 4;
  const shape = { width, height: ids.length / width, depth: 8, colour, rowBytes: channels * width } as const;
  return writePng(shape, (y, row) => {
    for (let x = 0; x < width; x++) {
      const id = ids[y * width + x];
      row.set([id & 255, (id >> 8) & 255, id >> 16, 9].slice(0, channels), channels * x);
    }
  });
};

const IDS = [0, 3_937_500, 3_937_500, 7, 300, 300];
const json = (
  more: object = {},
  segments: unknown = [
    { id: 300, category_id: 2 },
    { id: 3_937_500, category_id: 1 },
    { id: 7, category_id: 9 },
  ],
) => ({
  images: [{ id: 5, file_name: 'a.jpg', width: 3, height: 2 }],
  annotations: [{ image_id: 5, file_name: 'a.png', segments_info: segments }],
  categories: [
    { id: 1, name: 'dog', color: [1, 2, 3] },
    { id: 2, name: 'sky' },
  ],
  ...more,
});

describe('labelsFromPanoptic', () => {
  it('numbers segments in the order of the JSON, or of their ids', async () => {
    for (const colour of ['rgb', 'rgba'] as const) {
      const png = await pngOf(IDS, 3, colour);
      const read = await labelsFromPanoptic(png, JSON.stringify(json()));
      expect([...read.labels.data]).toEqual([0, 2, 2, 3, 1, 1]);
      expect(read.names).toEqual([undefined, 'sky', 'dog', undefined]);
      expect([...(read.colours ?? [])].slice(6, 9)).toEqual([1, 2, 3]);
      expect(read.notes).toEqual([]);
      const alone = await labelsFromPanoptic(png);
      expect([...alone.labels.data]).toEqual([0, 3, 3, 1, 2, 2]);
      expect(alone.names).toEqual([undefined, undefined, undefined, undefined]);
    }
  });

  it('tells of what only one of both files has', async () => {
    const read = await labelsFromPanoptic(await pngOf(IDS, 3), json({}, [{ id: 300 }, { id: 8 }]));
    expect([...read.labels.data]).toEqual([0, 0, 0, 0, 1, 1]);
    expect(read.notes).toEqual(['1 of its segments have no pixel', '3 pixels have ids that it says nothing of']);
  });

  it('refuses what is no such file', async () => {
    const png = await pngOf(IDS, 3);
    const grey = await writePng({ width: 1, height: 1, depth: 8, colour: 'grey', rowBytes: 1 }, () => {});
    const refused: [Uint8Array, unknown, object, RegExp][] = [
      [Uint8Array.of(1, 2), undefined, {}, /^The panoptic PNG is not a PNG: /],
      [grey, undefined, {}, /^The panoptic PNG is not of 8 bits of red, green and blue/],
      [png.subarray(0, 20), undefined, {}, /^The panoptic PNG is truncated or damaged \(its header is cut short\)/],
      [png.subarray(0, -20), undefined, {}, /^The panoptic PNG is truncated or damaged/],
      [png, undefined, { maxPixels: 5 }, /^The panoptic PNG has 3 x 2 pixels, over the limit of 5: raise maxPixels/],
      [png, '{', {}, /^The panoptic file is not JSON/],
      [png, [], {}, /"images"/],
      [png, json({ annotations: 5 }), {}, /"annotations"/],
      [png, json({ annotations: [] }), {}, /^The panoptic file has no annotation of the picture/],
      [png, json({ images: [] }), {}, /^The panoptic file has no picture among its 0/],
      [png, json(), { fileName: 'b.jpg' }, /^The panoptic file has no picture "b.jpg" among its 1/],
      [
        png,
        json({ images: [{ id: 5, width: 2, height: 3 }] }),
        {},
        /^Expected \[3, 2\], as its PNG has, for width and height of its picture but received \[2, 3\]/,
      ],
      [png, json({ categories: [{ id: 1 }] }), {}, /categories\[0\]\.name/],
      [png, json({}, 'none'), {}, /"segments_info"/],
      [png, json({}, [5]), {}, /segments_info\[0\]/],
      ...[0, -1, 2 ** 24, 1.5, '7', null].map((id): [Uint8Array, unknown, object, RegExp] => [
        png,
        json({}, [{ id }]),
        {},
        /^Expected a whole number from 1 to 16777215/,
      ]),
      [png, json({}, [{ id: 7 }, { id: 7 }]), {}, /that no other segment has for segments_info\[1\]\.id/],
    ];
    for (const [bytes, of, options, sentence] of refused)
      await expect(labelsFromPanoptic(bytes, of as object, options), String(sentence)).rejects.toThrow(sentence);
  });

  it('stops once it is aborted', async () => {
    await expect(labelsFromPanoptic(await pngOf(IDS, 3), undefined, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});
