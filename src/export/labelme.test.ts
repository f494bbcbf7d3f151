/** Files of labelme, read back. */
import { describe, expect, it } from 'vitest';
import { sampleMaps } from '../../test/export-samples.ts';
import type { LabelMap } from '../types.ts';
import { encodeLabelme } from './labelme.ts';
import { labelsFromLabelme } from './read/labelme.ts';

const textOf = async (...given: Parameters<typeof encodeLabelme>): Promise<string> => new TextDecoder().decode(await encodeLabelme(...given));
const mapOf = (...rows: string[]): LabelMap => ({
  data: Int32Array.from(rows.join(''), Number),
  width: rows[0].length,
  height: rows.length,
});

/** Ids from 1 in their order. */
const ranked = ({ data, width, height }: LabelMap): LabelMap => {
  const ranks = new Map([...new Set(data)].sort((a, b) => a - b).map((id, i) => [id, i + 1]));
  return { data: data.map((id) => ranks.get(id) as number), width, height };
};

describe('encodeLabelme', () => {
  it.each(sampleMaps())('keeps every pixel, by masks and by outlines that are not simplified: $name', async ({ labels }) => {
    for (const shapes of ['mask', 'polygon'] as const) {
      const { labels: back, names } = await labelsFromLabelme(await textOf({ name: 'a.jpg', labels }, { shapes, tolerance: 0 }));
      expect(back).toEqual(ranked(labels));
      expect(new Set(names.slice(1))).toEqual(new Set(['segment']));
    }
  });

  it('has outlines for what has no hole, a group for what has several pieces, and masks for the rest', async () => {
    const labels = mapOf('1102', '1012', '1110', '3330');
    const { shapes, ...rest } = JSON.parse(await textOf({ name: 'train/a "b".jpg', labels, names: [undefined, 'ring', 'bar'] }, { tolerance: 0 }));
    expect(rest).toEqual({ version: '6.3.1', flags: {}, imagePath: 'train/a "b".jpg', imageData: null, imageHeight: 4, imageWidth: 4 });
    expect(shapes.map((shape: Record<string, unknown>) => [shape.label, shape.shape_type, shape.group_id])).toEqual([
      ['segment', 'polygon', 0],
      ['segment', 'polygon', 0],
      ['segment', 'polygon', 0],
      ['ring', 'mask', null],
      ['bar', 'polygon', null],
      ['segment', 'polygon', null],
    ]);
    expect(shapes[3].points).toEqual([
      [0, 0],
      [2, 2],
    ]);
    expect(new Set(shapes[4].points.map(String))).toEqual(new Set(['3,0', '4,0', '4,2', '3,2', '3,1'])); // three meet at the last
    for (const shape of shapes)
      expect(Object.keys(shape).sort()).toEqual(['description', 'flags', 'group_id', 'label', 'mask', 'points', 'shape_type']);
  });

  it('leaves out the background and what is transparent', async () => {
    const labels = { ...mapOf('0122', '0122'), transparent: 2 };
    expect(JSON.parse(await textOf({ name: 'a.jpg', labels, background: 0 })).shapes).toHaveLength(1);
    expect(JSON.parse(await textOf({ name: 'a.jpg', labels: mapOf('00'), background: 0 })).shapes).toEqual([]);
  });

  it('keeps masks that are deflated at once, in part or as they are, and any name', async () => {
    const [width, height] = [1500, 1100];
    const data = Int32Array.from({ length: width * height }, (_, i) => Number((i % width) * (i / width) < 2e5) + 2 * Number(i % 977 === 0));
    const name = '\0 "\u{1F600}\ud800</script>';
    const { labels, names } = await labelsFromLabelme(
      await textOf({ name: 'a.jpg', labels: { data, width, height }, names: [name, name, name, name] }, { shapes: 'mask' }),
    );
    expect(labels).toEqual(ranked({ data, width, height }));
    expect(names.slice(1)).toEqual(Array(4).fill(name));
  });

  it('hears an abort, and refuses shapes that are none', async () => {
    const picture = { name: 'a.jpg', labels: mapOf('01') };
    await expect(encodeLabelme(picture, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    await expect(encodeLabelme(picture, { shapes: 'box' as never })).rejects.toThrow(/one of polygon, mask for shapes/);
    await expect(encodeLabelme({ ...picture, name: '../a.jpg' })).rejects.toThrow(/\.\.\/a\.jpg/);
  });
});
