/** Label files of other tools: as these read them themselves, and what is no such file. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { goldenLabels } from '../../../test/goldens.ts';
import { joined } from '../../tensor/bytes.ts';
import type { Content, LabelMap } from '../../types.ts';
import { FORMATS } from '../formats.ts';
import { encodeIndexedPng } from '../indexed-png.ts';
import { segmentPalette } from '../palette.ts';
import { describeSegments } from '../segments.ts';
import { classesFromCoco, labelsFromCoco } from './coco.ts';
import { classesFromLabelme, labelsFromLabelme } from './labelme.ts';

const textOf = (name: string): string => readFileSync(new URL(`../../../test/golden/label-files/${name}.json`, import.meta.url), 'utf8');
const COCO = textOf('coco');
const LABELME = textOf('labelme');

/** Places where the maps differ though nothing else is near in the other tool's. */
const farFromBorders = (ours: LabelMap, theirs: LabelMap): number => {
  const { data, width, height } = theirs;
  let count = 0;
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      if (ours.data[i] === data[i]) continue;
      const near = [-1, 0, 1].flatMap((v) => [-1, 0, 1].map((u) => (data[(y + v) * width + x + u] ?? data[i]) === ours.data[i]));
      if (!near.includes(true)) count++;
    }
  return count;
};
const differing = (a: LabelMap, b: LabelMap): number => a.data.reduce((count, id, i) => count + (id === b.data[i] ? 0 : 1), 0);
const only = (labels: LabelMap, id: number): LabelMap => ({ ...labels, data: labels.data.map((other) => (other === id ? 1 : 0)) });

/** A picture of 6 x 4 with one annotation, or with a shape. */
const cocoOf = (segmentation: unknown, more: object = {}): object => ({
  images: [{ id: 1, file_name: 'a.jpg', width: 6, height: 4 }],
  annotations: [{ id: 3, image_id: 1, category_id: 2, segmentation }],
  categories: [{ id: 2, name: 'x' }],
  ...more,
});
const labelmeOf = (shape: object, more: object = {}): object => ({ imageWidth: 6, imageHeight: 4, shapes: [{ label: 'x', ...shape }], ...more });
const rowsOf = ({ data, width }: LabelMap): string[] =>
  Array.from({ length: data.length / width }, (_, y) => [...data.subarray(y * width, (y + 1) * width)].join(''));

describe('labelsFromCoco', () => {
  it('reads polygons and run lengths as pycocotools does, but for pixels on borders', async () => {
    const { labels, names, notes, colours } = await labelsFromCoco(COCO, { fileName: 'a.jpg' });
    const theirs = goldenLabels('label-files/coco.npy');
    expect(names).toEqual([undefined, 'person', 'dog', 'dog', 'person', 'kite', 'kite', 'dog']);
    expect([notes, colours]).toEqual([[], undefined]);
    expect(farFromBorders(labels, theirs)).toBe(0);
    expect(differing(labels, theirs) / labels.data.length).toBeLessThan(0.005);
    for (const id of [5, 6]) expect(differing(only(labels, id), only(theirs, id)), String(id)).toBeLessThan(id === 6 ? 1 : 12); // 7 lies over 5
  });

  it('finds the picture by its name, with or without the folder, or by its number', async () => {
    const one = await labelsFromCoco(JSON.parse(COCO), { imageId: 9 });
    expect(rowsOf(one.labels)).toEqual(['11100', '11100', '11100', '00000']);
    for (const fileName of ['b.jpg', 'train/b.jpg', 'C:\\else\\b.jpg']) expect(await labelsFromCoco(COCO, { fileName })).toEqual(one);
    const refused: [object, RegExp][] = [
      [{}, /^The COCO file has several pictures: say which with fileName or imageId$/],
      [{ fileName: 'c.jpg' }, /^The COCO file has no picture "c.jpg" among its 2: give the file that is of this picture$/],
      [{ fileName: 'a.jpg', imageId: 9 }, /has no picture "a.jpg" of id "9"/],
      [{ imageId: '9' }, /has no picture "9"/],
      [{ maxPixels: 10 }, /^The COCO file is of a picture of 5 x 4 = 20 pixels, over the limit of 10: raise maxPixels/],
      [{ fileNam: 'a' }, /^Unknown option of labelsFromCoco "fileNam": did you mean "fileName"/],
    ];
    for (const [options, sentence] of refused)
      await expect(labelsFromCoco(COCO, 'maxPixels' in options ? { ...options, imageId: 9 } : options)).rejects.toThrow(sentence);
  });

  it('has pixels inside whose centres are, of several polygons the union, of one the even-odd rule', async () => {
    const rows = async (...polygons: number[][]) => rowsOf((await labelsFromCoco(cocoOf(polygons))).labels);
    expect(await rows([1, 1, 4, 1, 4, 3, 1, 3])).toEqual(['000000', '011100', '011100', '000000']);
    expect(await rows([1.5, 0.5, 2.5, 0.5, 2.5, 1.5, 1.5, 1.5])).toEqual(['010000', '000000', '000000', '000000']); // left and above count
    expect(await rows([1.51, 0.51, 2.49, 0.51, 2.49, 1.49, 1.51, 1.49])).toEqual(['000000', '000000', '000000', '000000']);
    expect(await rows([0, 0, 3, 0, 3, 2, 0, 2], [2, 1, 5, 1, 5, 3, 2, 3])).toEqual(['111000', '111110', '001110', '000000']);
    expect(await rows([0, 0, 6, 0, 6, 4, 0, 4, 0, 0, 1, 1, 1, 3, 5, 3, 5, 1, 1, 1])).toEqual(['111111', '100001', '100001', '111111']);
    expect(await rows([-9, -9, 2 ** 31, -9, 2 ** 31, 99, -9, 99])).toEqual(['111111', '111111', '111111', '111111']);
    expect(await rows([-9, 0, -1, 0, -1, 4], [7, 0, 9, 0, 9, 4], [0, -5, 5, -5, 5, 0], [3, 3], [])).toEqual(Array(4).fill('000000'));
  });

  it('tells which annotations have no mask, and colours where categories have any', async () => {
    expect(await labelsFromCoco(cocoOf([]))).toMatchObject({ names: [undefined], notes: ['1 of its annotations have no mask'] });
    expect(await labelsFromCoco(cocoOf(undefined, { categories: undefined }))).toMatchObject({ names: [undefined] });
    const coloured = await labelsFromCoco(cocoOf([[0, 0, 1, 0, 1, 1]], { categories: [{ id: 2, name: 'x', color: [1, 2, 3] }] }));
    expect(coloured.colours).toEqual(Uint8Array.of(...segmentPalette(1), 1, 2, 3));
  });

  it('reads what the format rle writes, ids and all', async () => {
    const data = Int32Array.from({ length: 9 * 7 }, (_, i) => (i % 9 < 4 ? 0 : i < 30 ? 2 : 5));
    const labels = { data, width: 9, height: 7, transparent: 2 };
    const segments = await describeSegments(labels);
    const image = { data: new Uint8Array(3 * 63), width: 9, height: 7 };
    const format = FORMATS.rle as { bytes(made: object): Promise<Content> };
    const content = await format.bytes({ image, labels, segments, record: {} });
    const text = new TextDecoder().decode(content instanceof Uint8Array ? content : await joined(content));
    expect(await labelsFromCoco(text)).toEqual({ labels, names: [], notes: [] });
    const less = JSON.parse(text).slice(0, 2);
    expect((await labelsFromCoco(less)).labels.data).toEqual(data.map((id) => (id === 5 ? 3 : id))); // the rest is above all others
  });

  it.each<[string, unknown, RegExp]>([
    ['no JSON', '{"images": [', /^The COCO file is not JSON \(.*\): give the file that the tool wrote$/],
    ['Python’s NaN', '{"images": NaN}', /^The COCO file is not JSON/],
    ['what is nested past all use', '['.repeat(200), /^The COCO file is not JSON \(nested more than 100 levels deep\)/],
    ['nothing', undefined, /^Expected a file of COCO's instances, which has a list "images", for the JSON but received undefined$/],
    ['a list of others', [5], /^Expected a file of COCO's instances, or the list of the format rle, for the JSON/],
    ['an empty list', [], /or the list of the format rle/],
    ['pictures that are none', { images: [5], annotations: [] }, /^Expected an object for images\[0\] but received 5/],
    ['no pictures', { images: [], annotations: [] }, /^The COCO file has no picture among its 0/],
    ['no annotations', { images: [{ id: 1 }] }, /which has a list "annotations"/],
    ['no size', cocoOf([], { images: [{ id: 1 }] }), /^The COCO file says that its picture has no number of x no number of pixels/],
    ['a size below 0', cocoOf([], { images: [{ id: 1, width: -6, height: 4 }] }), /has -6 x 4 pixels/],
    ['a size of NaN', cocoOf([], { images: [{ id: 1, width: Number.NaN, height: 4 }] }), /has NaN x 4 pixels/],
    ['a huge size', cocoOf([], { images: [{ id: 1, width: 9e6, height: 9e6 }] }), /of 9000000 x 9000000 = 81000000000000 pixels, over the limit/],
    ['a category without a name', cocoOf([], { categories: [{ id: 1 }] }), /^Expected a text for categories\[0\]\.name/],
    ['a category without a number', cocoOf([], { categories: [{ name: 'x' }] }), /^Expected a whole number for categories\[0\]\.id/],
    ['half a point', cocoOf([[1, 2, 3]]), /^Expected a list of x and y in turn for a polygon of the annotation 3 but/],
    ['a polygon that is none', cocoOf([5, 'x']), /for coordinate 1 of the annotation 3 but received "x"/],
    ['polygons of texts', cocoOf(['12']), /^Expected a list of x and y in turn for a polygon/],
    ['NaN', cocoOf([[1, 2, Number.NaN, 4]]), /^Expected a number of pixels for coordinate 2 of the annotation 3 but received NaN/],
    ['infinity', cocoOf([[1, 2, 1e300, 4]]), /for coordinate 2 of the annotation 3/],
    ['a text for a mask', cocoOf('mask'), /^Expected polygons, or run lengths \{ size, counts \}, for the annotation 3/],
    ['another size', cocoOf({ size: [6, 4], counts: [24] }), /^Expected \[4, 6\], as its picture has, for the size of the annotation 3/],
    ['damaged counts', cocoOf({ size: [4, 6], counts: '\u0001' }), /^Run-length counts are damaged at character 0/],
    ['counts below 0', cocoOf({ size: [4, 6], counts: [-1, 25] }), /for counts\[0\] but received -1/],
    ['counts of less', cocoOf({ size: [4, 6], counts: [5] }), /^Run-length counts cover 5 pixels/],
    ['counts that are none', cocoOf({ size: [4, 6], counts: 5 }), /^Expected \{ size: \[height, width\], counts \}/],
    ['a record without an id', [{ segmentation: { size: [2, 2], counts: [4] } }], /^Expected an object with an id from 0 to 16777216 for record 0/],
    [
      'records of two sizes',
      [2, 3].map((w) => ({ id: 0, segmentation: { size: [2, w], counts: [2 * w] } })),
      /^Expected \[2, 2\], as its picture has/,
    ],
  ])('refuses %s in a sentence', async (_, json, sentence) => {
    await expect(labelsFromCoco(json as object)).rejects.toThrow(sentence);
    await expect(labelsFromCoco(json as object)).rejects.toMatchObject({
      code: /limit|among/.test(String(sentence)) ? 'E_INPUT' : expect.any(String),
    });
  });

  it('stops with the reason given', async () => {
    await expect(labelsFromCoco(cocoOf([[0, 0, 6, 0, 6, 4]]), { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('labelsFromLabelme', () => {
  it('reads shapes as labelme does, but for pixels on borders', async () => {
    const { labels, names, notes } = await labelsFromLabelme(LABELME);
    const theirs = goldenLabels('label-files/labelme.npy');
    expect(names).toEqual([undefined, 'grass', 'horse', 'horse', 'sun', 'foal', 'cart']);
    expect(notes).toEqual([
      '1 of its shapes have no inside: they are of the kind "linestrip"',
      '1 of its shapes have no inside: they are of the kind "point"',
    ]);
    expect(farFromBorders(labels, theirs)).toBeLessThan(2); // the tip of a spike
    expect(differing(labels, theirs) / labels.data.length).toBeLessThan(0.05); // labelme draws outlines, too
    expect(differing(only(labels, 5), only(theirs, 5))).toBe(0);
  });

  it('has pixels inside whose centres are', async () => {
    const rows = async (shape_type: string | null | undefined, ...points: number[][]) =>
      rowsOf((await labelsFromLabelme(labelmeOf({ shape_type, points }))).labels);
    expect(await rows('rectangle', [4, 3], [1, 1])).toEqual(['000000', '011100', '011100', '000000']);
    for (const type of [null, undefined, 'polygon'])
      expect(await rows(type, [1, 1], [4, 1], [4, 3], [1, 3])).toEqual(await rows('rectangle', [1, 1], [4, 3]));
    expect(await rows('circle', [3, 2], [3, 0])).toEqual(['001100', '011110', '011110', '001100']);
    expect(await rows('circle', [3, 2], [3, 2.4])).toEqual(Array(4).fill('000000'));
    expect(await rows('circle', [-2e9, 2e9], [2e9, -2e9])).toEqual(Array(4).fill('111111'));
    expect(await rows('circle', [0, -9], [1, -9])).toEqual(Array(4).fill('000000'));
    expect(await rows('constructor', [0, 0])).toEqual(Array(4).fill('000000'));
  });

  it('takes shapes of a group as one segment, and masks that reach beyond the picture', async () => {
    const mask = Buffer.from(await encodeIndexedPng({ data: Int32Array.of(1, 0, 1, 1), width: 2, height: 2 })).toString('base64');
    const square = (label: string, group_id: unknown, x: number) => ({
      label,
      group_id,
      shape_type: 'rectangle',
      points: [
        [x, 0],
        [x + 1, 1],
      ],
    });
    const shapes = [square('a', 1, 0), square('b', 1, 1), square('a', 1, 2), square('a', null, 3), square('a', null, 4), square('a', '1', 5)];
    const grouped = await labelsFromLabelme(labelmeOf({}, { shapes }));
    expect(rowsOf(grouped.labels)[0]).toBe('121341');
    expect(grouped.names).toEqual([undefined, 'a', 'b', 'a', 'a']);
    const at = async (left: number, top: number) => {
      const points = [
        [left, top],
        [left + 1, top + 1],
      ];
      return rowsOf((await labelsFromLabelme(labelmeOf({ shape_type: 'mask', points, mask }))).labels);
    };
    expect(await at(2, 1)).toEqual(['000000', '001000', '001100', '000000']);
    expect(await at(-1, -1)).toEqual(['100000', '000000', '000000', '000000']);
    expect(await at(5, 3)).toEqual(['000000', '000000', '000000', '000001']);
    expect(await at(60, -30)).toEqual(Array(4).fill('000000'));
    await expect(
      labelsFromLabelme(
        labelmeOf({
          shape_type: 'mask',
          points: [
            [0, 0],
            [4, 4],
          ],
          mask,
        }),
      ),
    ).rejects.toThrow(/^The mask of a shape has 2 x 2 pixels and its corners are of 5 x 5: save it again$/);
  });

  it.each<[string, unknown, RegExp]>([
    ['no JSON', '{"shapes": [', /^The labelme file is not JSON/],
    ['nothing', undefined, /^Expected a file of labelme, which has a list "shapes", for the JSON but received undefined$/],
    ['shapes that are none', labelmeOf({}, { shapes: [null] }), /^Expected an object for shapes\[0\] but received null/],
    ['no size', labelmeOf({}, { imageWidth: null }), /^The labelme file says that its picture has no number of x 4 pixels/],
    ['a huge size', labelmeOf({}, { imageWidth: 1e7, imageHeight: 1e7 }), /over the limit of 268435456/],
    ['no label', labelmeOf({ label: 5 }), /^Expected a text for shapes\[0\]\.label but received 5/],
    ['no points', labelmeOf({}), /^Expected 3 or more points \[x, y\] for shapes\[0\]\.points but received undefined/],
    [
      'two points',
      labelmeOf({
        points: [
          [1, 2],
          [3, 4],
        ],
      }),
      /^Expected 3 or more points/,
    ],
    [
      'three corners',
      labelmeOf({
        shape_type: 'rectangle',
        points: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      }),
      /^Expected 2 points \[x, y\]/,
    ],
    ['points that are none', labelmeOf({ points: [[1], [2], [3]] }), /^Expected 3 or more points/],
    [
      'NaN',
      labelmeOf({
        points: [
          [1, 2],
          [3, Number.NaN],
          [5, 6],
        ],
      }),
      /^Expected a number of pixels for coordinate 3 of shapes\[0\]/,
    ],
    [
      'no mask',
      labelmeOf({
        shape_type: 'mask',
        points: [
          [0, 0],
          [1, 1],
        ],
      }),
      /^Expected a PNG in base64 for the mask of a shape/,
    ],
    [
      'a damaged mask',
      labelmeOf({
        shape_type: 'mask',
        points: [
          [0, 0],
          [1, 1],
        ],
        mask: '\u00fc',
      }),
      /its base64 cannot be decoded$/,
    ],
    [
      'a mask that is no PNG',
      labelmeOf({
        shape_type: 'mask',
        points: [
          [0, 0],
          [1, 1],
        ],
        mask: 'AAAA',
      }),
      /^The mask of a shape is not a PNG/,
    ],
  ])('refuses %s in a sentence', async (_, json, sentence) => {
    await expect(labelsFromLabelme(json as object)).rejects.toThrow(sentence);
    await expect(labelsFromLabelme(json as object)).rejects.toMatchObject({ code: 'E_INPUT' });
  });
});

describe('classes', () => {
  it('of COCO keep their numbers and order', () => {
    expect(classesFromCoco(COCO)).toEqual([
      { id: 1, name: 'person' },
      { id: 18, name: 'dog' },
      { id: 38, name: 'kite' },
    ]);
    expect(
      classesFromCoco({
        categories: [
          { id: 0, name: 'x', color: [0, 255, 1] },
          { id: 5, name: 'y', color: [1, 2] },
        ],
      }),
    ).toEqual([
      { id: 0, name: 'x', colour: [0, 255, 1] },
      { id: 5, name: 'y' },
    ]);
    expect(() => classesFromCoco('{}')).toThrow(/which has a list "categories"/);
  });

  it('of labelme come in order of first appearance', () => {
    const names = ['grass', 'horse', 'fence', 'sun', 'eye', 'foal', 'cart'];
    expect(classesFromLabelme([LABELME, labelmeOf({}), labelmeOf({ label: 'sun' })])).toEqual(
      [...names, 'x'].map((name, i) => ({ id: i + 1, name })),
    );
    expect(classesFromLabelme([])).toEqual([]);
    expect(() => classesFromLabelme({} as never)).toThrow(/^Expected a list of labelme files for files/);
    expect(() => classesFromLabelme([5 as never])).toThrow(/^Expected a file of labelme/);
  });
});
